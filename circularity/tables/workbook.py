"""Opening a workbook (.xlsx, .ods) that somebody else filled in: what is there, and nothing that cannot be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from circularity.errors import CircularityError, DataError, Where
from circularity.tables.cells import letter, split_cell
from circularity.tables.files import OLE, ZIP, regular_file
from circularity.tables.unseen import LARGEST_WORKBOOK, Unseen, look_through, refusal
from circularity.texts import word

WORKBOOKS = (".xlsx", ".ods")


@dataclass
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name : str
    rows : list of list
        Cells from A1 on, rows of equal length: text, number, date or truth value; empty text where there is nothing.
    hidden : bool
        Whether people do not see it.
    merged : list of (int, int, int, int)
        Merged cells: first row, first column, last row, last column, counted from 0.
    without_value : list of str
        Cells with a formula of which the file does not hold the result, such as ``F12``.
    formulas : int
        Cells with a formula.
    errors : dict of str to str
        Cells that hold an error of the spreadsheet, such as ``#N/A``.
    concealed : bool
        Whether rows or columns of it do not show.
    """

    name: str
    rows: list[list[Any]]
    hidden: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    without_value: list[str] = field(default_factory=list)
    formulas: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    concealed: bool = False

    @property
    def empty(self) -> bool:
        """Whether no cell holds anything."""
        return not any(cell != "" for row in self.rows for cell in row) and not self.without_value


def read_workbook(path: Path, inside: Path | None = None) -> list[Sheet]:
    """The sheets of a workbook (.xlsx, .ods).

    Parameters
    ----------
    path : Path
        File.
    inside : Path, optional
        Folder that the file must be in, links followed.

    Returns
    -------
    list of Sheet
        In the order of the workbook; sheets with nothing but a chart are left out.

    Raises
    ------
    NotReadable
        If it is not a workbook of this kind, is damaged, is protected with a password, or would take too much memory.
    """
    where = Where(file=path.name)
    real = regular_file(path, where, word("workbook", "format"), LARGEST_WORKBOOK, inside)
    with real.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(OLE):
        raise refusal(where, "old_workbook", "save_as_xlsx")
    if not head.startswith(ZIP[:2]):
        raise refusal(where, "no_workbook", "save_as_xlsx")
    ending, sheets = look_through(real, where)
    if path.suffix.lower() != ending:
        raise refusal(where, "other_ending", "name_ending", ending=ending)
    # The reader lets others work meanwhile.
    with ThreadPoolExecutor(1) as other:
        return list(_sheets(real, where, {name: other.submit(look) for name, look in sheets.items()}))


def _sheets(path: Path, where: Where, unseen: Mapping[str, Future[Unseen]]) -> Iterator[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for about in book.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                if about.name not in unseen:
                    raise refusal(where, "damaged_workbook", "save_again")
                sheet = book.get_sheet_by_name(about.name)
                rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
                also = unseen[about.name].result()
                merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or []]
                hidden = about.visible != SheetVisibleEnum.Visible
                yield Sheet(about.name, rows, hidden, **vars(replace(also, merged=also.merged or merged)))
    except (CalamineError, OSError, ValueError):
        raise refusal(where, "damaged_workbook", "save_again") from None
    except BaseException as problem:  # a reader in another language that gives up does so with an exception of its own
        if type(problem).__name__ != "PanicException":
            raise
        raise refusal(where, "damaged_workbook", "save_again") from None


def untrue_cells(
    sheet: Sheet, where: Where, heading_row: int = 1, columns: Mapping[str, tuple[str, str]] | None = None
) -> Iterator[CircularityError]:
    """The faults of cells that do not hold what people see in them.

    Parameters
    ----------
    sheet : Sheet
    where : Where
        File and sheet.
    heading_row : int, optional
        Merged cells above it, of a title, are not a fault.
    columns : mapping of str to (str, str), optional
        Letter and heading of every column.
    """
    titles = dict((columns or {}).values())

    def place(cell: str) -> Where:
        at, row = split_cell(cell)
        return replace(where, row=row or None, column=titles.get(at), letter=at if row else None)

    for cell in sheet.without_value:
        yield DataError("FormulaWithoutValue", where=place(cell), found=cell)
    for cell, error in sheet.errors.items():
        yield DataError("ErrorInCell", where=place(cell), found=error)
    for top, left, bottom, right in sheet.merged:
        if bottom + 1 >= heading_row:
            first = f"{letter(left)}{top + 1}"
            yield DataError("MergedCells", where=place(first), found=f"{first}:{letter(right)}{bottom + 1}")
