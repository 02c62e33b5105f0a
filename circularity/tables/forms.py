"""Workbooks that somebody fills in: notes, keys, tables with explanations, lists to choose from, locked cells.

A form is declared, not drawn: what its sheets ask for is said in `Key` and `Column`, and `Form` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from circularity.tables.cells import letter
from circularity.tables.write import check_new, write_whole
from circularity.texts import Texts, word

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

# A row whose first cell starts with this is an explanation or an example, and the cell above them says so.
NOTE = "#"
# The last row with lists to choose from; what is below is read all the same.
LAST_ROW = 100_000
WIDEST, NARROWEST = 34, 16  # [letters]
LINE = 15  # [points]
FONT = "Calibri"
GREEN, GREY, PALE = "FF1B5E3F", "FF5F6B66", "FFEEF4F0"
# What a spreadsheet program takes of a title and a text that help with a cell. [letters]
LONGEST_TITLE, LONGEST_HELP = 32, 255


@dataclass(frozen=True)
class Choices:
    """A list to choose from; two columns with the same name share it.

    Attributes
    ----------
    name, heading : str
        What it is called here, and above it in the sheet of lists.
    texts : list of str
    """

    name: str
    heading: str
    texts: Sequence[str]


@dataclass(frozen=True)
class Bounds:
    """The numbers that may be in a cell.

    Attributes
    ----------
    kind : {"whole", "decimal"}
    low : float
    high : float or None
        None for any number above `low`.
    warn : bool
        Whether something else is only warned of, such as the word unknown.
    """

    kind: Literal["whole", "decimal"]
    low: float
    high: float | None
    warn: bool = False


@dataclass(frozen=True)
class Key:
    """A row of a sheet of keys.

    Attributes
    ----------
    label, value, about : str
        What is asked, what is filled in already, and an explanation.
    choices : Choices or None
    fixed : bool
        Whether it cannot be changed.
    """

    label: str
    value: str
    about: str
    choices: Choices | None = None
    fixed: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a sheet with a table.

    Attributes
    ----------
    name : str
        Its name in the rows.
    heading, about : str
        Above it, and what belongs in it.
    example : str or float
    note : str or None
        Beside the heading, when one points at it.
    green : bool
        Whether it is to be filled in by everybody.
    number : bool
        Whether numbers belong in it. A spreadsheet would take the zero off 010101 and make a date of 1-2, so that all
        else is text.
    asks : bool
        Whether it is filled in; otherwise it says what is asked.
    width : int
        [letters]
    rule : Choices, Bounds, str or None
        What may be in it; a text is a range of another sheet, from which others may be added.
    title : str
        Above `help` and `wrong`; the heading by default.
    help : str or None
        What is shown beside a cell.
    wrong : str or None
        What is shown when something else is filled in.
    """

    name: str
    heading: str
    about: str
    example: str | float = ""
    note: str | None = None
    green: bool = False
    number: bool = False
    asks: bool = True
    width: int = NARROWEST
    rule: Choices | Bounds | str | None = None
    title: str = ""
    help: str | None = None
    wrong: str | None = None


@dataclass
class Form:
    """A workbook to fill in.

    Parameters
    ----------
    lang : {"nl", "en"}
    """

    lang: str
    _ranges: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        from openpyxl import Workbook

        self.book = Workbook()
        self.book.remove(self.book["Sheet"])
        self._title = word("lists", "sheet")[self.lang]
        self._lists = self.book.create_sheet(self._title)

    def add_notes(self, title: str, lines: Sequence[str]) -> None:
        """A sheet of text, its first line a title."""
        from openpyxl.styles import Alignment, Font

        sheet = self.book.create_sheet(title)
        for row, line in enumerate(lines, start=1):
            cell = _put(sheet, row, 1, line)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(name=FONT, bold=row == 1, size=14 if row == 1 else 11, color=GREEN if row == 1 else None)
        sheet.column_dimensions["A"].width = 110
        _fit_height(sheet, range(2, len(lines) + 1))
        _lock(sheet)

    def add_keys(self, title: str, keys: Sequence[Key]) -> None:
        """A sheet with a row for every key: what is asked, the answer, an explanation."""
        from openpyxl.styles import Alignment, Font, PatternFill, Protection

        sheet, t = self.book.create_sheet(title), Texts(self.lang)
        heads = ("template.key", "template.value", "template.explanation")
        for column, (head, width) in enumerate(zip(heads, (26, 46, 70), strict=True), start=1):
            heading = _put(sheet, 1, column, t(head))
            heading.font = Font(name=FONT, bold=True, color="FFFFFFFF")
            heading.fill = PatternFill("solid", fgColor=GREEN)
            sheet.column_dimensions[letter(column - 1)].width = width
        for row, key in enumerate(keys, start=2):
            for column, text in enumerate((key.label, key.value, key.about), start=1):
                _put(sheet, row, column, text).alignment = Alignment(wrap_text=True, vertical="top")
            value = sheet.cell(row, 2)
            if not key.fixed:
                value.protection = Protection(locked=False)
                value.fill = PatternFill("solid", fgColor=PALE)
            if key.choices is not None:
                self._restrict(sheet, f"B{row}", Column("", key.label, "", rule=key.choices))
        _fit_height(sheet, range(2, len(keys) + 2))
        sheet.freeze_panes = "A2"
        sheet.sheet_properties.tabColor = GREEN
        _lock(sheet)

    def add_table(
        self,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[Mapping[str, object]] = (),
        *,
        questions: bool = False,
        needed: bool = True,
    ) -> None:
        """A sheet with a table: a heading, explanations, an example where there is one, and rows.

        Parameters
        ----------
        title : str
        columns : sequence of Column
        rows : iterable of mapping
            Cells by name of their column; an empty text leaves a cell empty.
        questions : bool, optional
            Whether the rows are all there will be, with cells of columns that ask to be filled in.
        needed : bool, optional
            Whether the sheet is to be filled in by everybody.
        """
        from openpyxl.styles import Protection

        sheet, t = self.book.create_sheet(title), Texts(self.lang)
        said = [NOTE, f"{NOTE} {t('template.explanation')}"]
        said += [f"{NOTE} {t('template.example')}"] if any(column.example for column in columns) else []
        for row, text in enumerate(said, start=1):
            _put(sheet, row, 1, text)
        first, cells = len(said) + 1, list(rows)
        last = first + len(cells) - 1 if questions else LAST_ROW
        for number, column in enumerate(columns, start=2):
            at = letter(number - 1)
            _head(sheet, number, column, len(said))
            below = sheet.column_dimensions[at]
            below.width = column.width
            if not questions:
                below.protection, below.number_format = Protection(locked=False), _format(column)
            for row, given in enumerate(cells, start=first):
                _fill(sheet, row, number, column, given.get(column.name, ""), questions)
            if column.asks:
                self._restrict(sheet, f"{at}{first}:{at}{last}", column)
        sheet.column_dimensions["A"].width = NARROWEST
        _fit_height(sheet, range(2, first))
        sheet.freeze_panes = f"A{first}" if questions else f"C{first}"
        sheet.sheet_properties.tabColor = GREEN if needed else GREY
        _lock(sheet)

    def save(self, target: Path) -> None:
        """Write the workbook, its sheet of lists last.

        Raises
        ------
        CannotWrite
            If the file is there already, or cannot be written.
        """
        from openpyxl.styles import Font

        check_new(target)

        for number in range(1, len(self._ranges) + 1):
            self._lists.cell(1, number).font = Font(name=FONT, bold=True)
            self._lists.column_dimensions[letter(number - 1)].width = WIDEST
        self._lists.freeze_panes = "A2"
        _lock(self._lists)
        self.book.move_sheet(self._title, offset=len(self.book.sheetnames))
        self.book.active = 0
        write_whole(target, self.book.save)

    def _range(self, choices: Choices) -> str:
        """The range of a list as a formula; it is written once."""
        if choices.name not in self._ranges:
            number = len(self._ranges) + 1
            at = letter(number - 1)
            for row, text in enumerate([choices.heading, *choices.texts], start=1):
                _put(self._lists, row, number, text)
            self._ranges[choices.name] = f"'{self._title}'!${at}$2:${at}${len(choices.texts) + 1}"
        return self._ranges[choices.name]

    def _restrict(self, sheet: Worksheet, cells: str, column: Column) -> None:
        """Hold cells to what may be in them."""
        from openpyxl.worksheet.datavalidation import DataValidation

        how, about = column.rule, {"allow_blank": True}
        if isinstance(how, Choices):
            rule = DataValidation(type="list", formula1=self._range(how), **about)
        elif isinstance(how, str):
            rule = DataValidation(type="list", formula1=how, errorStyle="warning", **about)
        elif isinstance(how, Bounds):
            limits = {"operator": "greaterThan", "formula1": f"{how.low:g}"}
            if how.high is not None:
                limits |= {"operator": "between", "formula2": f"{how.high:g}"}
            limits |= {"errorStyle": "warning"} if how.warn else {}
            rule = DataValidation(type=how.kind, **limits, **about)
        else:
            return
        title = (column.title or column.heading)[:LONGEST_TITLE]
        rule.showErrorMessage = True
        if column.wrong is not None:
            rule.errorTitle, rule.error = title, column.wrong[:LONGEST_HELP]
        if column.help is not None:
            rule.showInputMessage = True
            rule.promptTitle, rule.prompt = title, column.help[:LONGEST_HELP]
        rule.add(cells)
        sheet.add_data_validation(rule)


def _head(sheet: Worksheet, number: int, column: Column, rows: int) -> None:
    """The heading of a column, and what explains it."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill

    fonts: tuple[dict[str, Any], ...] = ({"bold": True, "color": "FFFFFFFF"}, {"color": GREY})
    fonts = (*fonts, {"italic": True, "color": GREY})
    texts = (column.heading, column.about, column.example)
    for row, (text, font) in enumerate(zip(texts[:rows], fonts, strict=False), start=1):
        cell = _put(sheet, row, number, text)
        cell.font = Font(name=FONT, **font)
        cell.fill = PatternFill("solid", fgColor=PALE if row > 1 else GREEN if column.green else GREY)
        if row > 1:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    if column.note is not None:
        sheet.cell(1, number).comment = Comment(column.note, "circularity", width=280, height=120)


def _fill(sheet: Worksheet, row: int, number: int, column: Column, value: object, question: bool) -> None:
    """A cell of a row that is there beforehand."""
    from openpyxl.styles import Font, PatternFill, Protection

    if question and column.asks:
        cell = sheet.cell(row, number)
        cell.number_format, cell.protection = _format(column), Protection(locked=False)
        cell.fill = PatternFill("solid", fgColor=PALE)
    elif question:
        _put(sheet, row, number, value).font = Font(name=FONT, color=None if column.width == WIDEST else GREY)
    elif value != "":
        _put(sheet, row, number, value).protection = Protection(locked=False)


def _format(column: Column) -> str:
    return "General" if column.number else "@"


def _put(sheet: Worksheet, row: int, column: int, value: Any) -> Any:
    """Write a cell; text that a spreadsheet would take for a formula stays text."""
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
    return cell


def _fit_height(sheet: Worksheet, rows: Iterable[int]) -> None:
    """Make rows as high as their texts need: spreadsheet programs do so only for rows that somebody edits."""
    for row in rows:
        lines = [
            -(-len(cell.value) // max(1, int(sheet.column_dimensions[cell.column_letter].width) - 1))
            for cell in sheet[row]
            if isinstance(cell.value, str)
        ]
        sheet.row_dimensions[row].height = LINE * max(lines, default=1)


def _lock(sheet: Worksheet) -> None:
    """Lock what is not to be changed; without a password, as nothing here is secret."""
    sheet.protection.sheet = True
    for right in ("formatColumns", "formatRows", "formatCells", "sort", "autoFilter", "insertRows", "deleteRows"):
        setattr(sheet.protection, right, False)
