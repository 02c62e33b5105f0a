"""How workbooks to fill in look: headings, locked cells, lists to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from circularity.tables.cells import letter

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

WIDEST, NARROWEST = 34, 16  # [letters]
LINE = 15  # [points]
FONT = "Calibri"
GREEN, GREY, PALE = "FF1B5E3F", "FF5F6B66", "FFEEF4F0"


@dataclass
class Lists:
    """The sheet with everything that can be chosen, and where each list stands on it."""

    sheet: Worksheet
    title: str
    places: dict[str, str]
    columns: int = 0

    def add(self, name: str, heading: str, choices: list[str]) -> str:
        """The range of a list as a formula; it is written once."""
        if name not in self.places:
            self.columns += 1
            at = letter(self.columns - 1)
            for row, text in enumerate([heading, *choices], start=1):
                put(self.sheet, row, self.columns, text)
            self.places[name] = f"'{self.title}'!${at}$2:${at}${len(choices) + 1}"
        return self.places[name]


def put(sheet: Worksheet, row: int, column: int, value: Any) -> Any:
    """Write a cell; text that a spreadsheet would take for a formula stays text."""
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
    return cell


def finish(sheet: Worksheet, widths: list[int]) -> None:
    """Give a sheet of keys its looks: widths of its columns [letters], a heading, all locked that was not opened."""
    from openpyxl.styles import Alignment, Font, PatternFill

    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[letter(number - 1)].width = width
        heading = sheet.cell(1, number)
        heading.font = Font(name=FONT, bold=True, color="FFFFFFFF")
        heading.fill = PatternFill("solid", fgColor=GREEN)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    fit_height(sheet, range(2, sheet.max_row + 1))
    sheet.freeze_panes = "A2"
    sheet.sheet_properties.tabColor = GREEN
    lock(sheet)


def fit_height(sheet: Worksheet, rows: Iterable[int]) -> None:
    """Make rows as high as their texts need: spreadsheet programs do so only for rows that somebody edits."""
    for row in rows:
        lines = [
            -(-len(cell.value) // max(1, int(sheet.column_dimensions[cell.column_letter].width) - 1))
            for cell in sheet[row]
            if isinstance(cell.value, str)
        ]
        sheet.row_dimensions[row].height = LINE * max(lines, default=1)


def lock(sheet: Worksheet) -> None:
    """Lock what is not to be changed; without a password, as nothing here is secret."""
    sheet.protection.sheet = True
    for right in ("formatColumns", "formatRows", "formatCells", "sort", "autoFilter", "insertRows", "deleteRows"):
        setattr(sheet.protection, right, False)


def style_lists(lists: Lists) -> None:
    """Give the sheet of lists its looks."""
    from openpyxl.styles import Font

    for number in range(1, lists.columns + 1):
        lists.sheet.cell(1, number).font = Font(name=FONT, bold=True)
        lists.sheet.column_dimensions[letter(number - 1)].width = WIDEST
    lists.sheet.freeze_panes = "A2"
    lock(lists.sheet)
