"""Whatever stands in a table, workbook or Parquet file: a named error at its place, or the very numbers of the cells.

Each case is a sound fieldlab, changed at random in one to four places. The quick run tries the same 500 cases every
time; the slow one 20,000 others.
"""

import io
import math
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError

from circularity.errors import HIDDEN, CircularityError, Faults
from circularity.ledger.fieldlab import load_fieldlab
from circularity.tables.cells import as_text, cleaned
from circularity.texts import LANGUAGES
from tests.conftest import DESCRIPTION, flow

QUICK = {"csv": 250, "cells": 120, "bytes": 60, "parquet": 70}
assert sum(QUICK.values()) == 500
SLOW = {"csv": 10_000, "cells": 4_500, "bytes": 3_000, "parquet": 2_500}
assert sum(SLOW.values()) == 20_000

Rows = list[list[Any]]
FLOWS = [flow(), flow("product", mass=60), flow("residue", mass=40, destination="landfill")]
HEADING = list(FLOWS[0])
SOUND: dict[str, Rows] = {
    "organisations": [["organisation", "name"], ["factory", "Factory"]],
    "flows": [HEADING, *([row[c] for c in HEADING] for row in FLOWS)],
    "products": [["product", "name", "mass", "unit"], ["bottle", "Fles", 0.25, "kg"]],
}

NASTY = [
    "", " ", "unknown", "onbekend", "-", "nan", "NaN", "inf", "-inf", "1e308", "1e309", "-1", "0", "0.0", "1,5",
    "1.234,5", "1 000", "٣", "１２",
    "0x10", "1_000", "=1+1", "@SUM(A1)", "+31", "-cmd|' /C calc'!A0", "../../etc/passwd",
    "..\\..\\x", "/dev/zero", "CON", "a\x00b", "\u202egnp", "\ufeff", "<script>alert(1)</script>", "{{7*7}}", "%s%n",
    "'; DROP TABLE flows; --", "totaal", "Total 2020", "2020-05-01", "1-2-2020", "20200", "31-12-99", "TRUE", "#N/A",
    "x" * 5000, "é", "Ünïcode", "🏭", "factory ", "Factory", "glas", "kg ", "ton", "GM0150", "market", "\n", "a\nb",
    "a,b;c", '"', "\t", "1" * 400, "9" * 20, "1e-320", "0.1", "2020", "2020.0", "13",
]  # fmt: skip
CELL = st.one_of(st.sampled_from(NASTY), st.text(max_size=12), st.floats(), st.integers(-(10**20), 10**20))
SHEET_CELL = st.one_of(
    CELL, st.booleans(), st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.just(datetime(2020, 1, 1, 3, 4)),
    st.just(time(1, 2)),
)  # fmt: skip


@st.composite
def changed_tables(draw: st.DrawFn, cells: st.SearchStrategy[Any]) -> dict[str, Rows]:
    """The sound tables after one to four changes."""
    tables = {name: [list(row) for row in rows] for name, rows in SOUND.items()}
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(list(tables)))
        rows = tables[name]
        if not rows or not rows[0]:
            continue
        i, j = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(rows[0]) - 1))
        k = draw(st.integers(0, len(rows[0]) - 1))
        match draw(
            st.sampled_from(["cell"] * 6 + ["swap", "drop", "double", "row", "blank", "short", "heading", "above"])
        ):
            case "cell":
                if j < len(rows[i]):
                    rows[i][j] = draw(cells)
            case "swap":  # the cells, not the headings
                for row in rows[1:]:
                    if max(j, k) < len(row):
                        row[j], row[k] = row[k], row[j]
            case "drop":
                for row in rows:
                    del row[j : j + 1]
            case "double":
                for row in rows:
                    row += row[j : j + 1]
            case "row":
                rows.append(list(rows[i]))
            case "blank":
                rows.insert(i, [])
            case "short":
                del rows[i][-1:]
            case "heading":
                rows[0][j] = draw(cells)
            case "above":
                rows.insert(0, ["Stromen 2020"])
    return tables


def read(folder: Path, flows: Rows | None) -> None:
    """Load a fieldlab: named errors with a place, or every mass that stands in the cells and no other."""
    try:
        lab = load_fieldlab(folder)
    except CircularityError as error:
        faults = list(error) if isinstance(error, Faults) else [error]
        assert faults
        for fault in faults:
            assert fault.where.file or fault.details.get("found"), fault
            for lang in LANGUAGES:
                text = fault.text(lang)
                assert text.strip()
                assert "Traceback" not in text
                assert not HIDDEN.search(text), repr(text)
        return
    if flows is None:
        return
    heading = next(i for i, row in enumerate(flows) if "mass" in [cleaned(as_text(c)) for c in row])
    at = [cleaned(as_text(c)) for c in flows[heading]].index("mass")
    said = [[cleaned(as_text(c)) for c in row] for row in flows[heading + 1 :]]
    masses = [row[at] for row in said if any(row)]
    table = lab.tables["flows"].sort_values("row")
    assert len(table) == len(masses)
    for cell, mass, known in zip(masses, table["mass"], table["mass_known"], strict=True):
        assert known == (cell not in ("", "unknown")), cell
        if known:
            number = float(cell)
            assert math.isfinite(number)
            assert (mass == 0) == (number == 0), (cell, mass)


def in_folder(write: Callable[[Path], None], flows: Rows | None) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "fieldlab.yaml").write_text(DESCRIPTION.format(id="fuzz", periods=[2020]), encoding="utf-8")
        write(folder)
        read(folder, flows)
    finally:
        shutil.rmtree(folder)


# CSV -------------------------------------------------------------------------------------------------------------


def as_csv(rows: Rows) -> str:
    def cell(value: Any) -> str:
        text = as_text(value)
        return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n\r') else text

    return "".join(",".join(map(cell, row)) + "\n" for row in rows)


def csv_case(tables: dict[str, Rows], encoding: str, cut: float) -> None:
    def write(folder: Path) -> None:
        for name, rows in tables.items():
            content = as_csv(rows).encode(encoding, "replace")
            (folder / f"{name}.csv").write_bytes(content[: math.ceil(len(content) * cut)])

    whole = cut == 1 and encoding.startswith("utf-8")
    in_folder(write, tables["flows"] if whole else None)


CSV = (
    changed_tables(CELL),
    st.sampled_from(["utf-8"] * 8 + ["utf-8-sig", "latin-1", "utf-16", "cp1252"]),
    st.sampled_from([1.0] * 8 + [0.5, 0.9, 0.0]),
)


# Workbooks -------------------------------------------------------------------------------------------------------


def workbook_of(tables: dict[str, Rows]) -> Workbook:
    book = Workbook()
    book.remove(book["Sheet"])
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for i, row in enumerate(rows, start=1):
            for j, value in enumerate(row, start=1):
                try:
                    sheet.cell(i, j).value = value
                except (ValueError, IllegalCharacterError):  # signs that no workbook can hold
                    sheet.cell(i, j).value = "?"
                    row[j - 1] = "?"
    return book


def cells_case(tables: dict[str, Rows], trick: str) -> None:
    book = workbook_of(tables)
    sheet = book["flows"]
    formulas = any(str(c.value).startswith("=") for s in book for row in s.iter_rows() for c in row if c.value)
    if trick == "merge":
        sheet.merge_cells("A2:C3")
    elif trick in ("hidden", "veryHidden"):
        sheet.sheet_state = trick
    elif trick == "empty":
        book.create_sheet("Blad2")
    elif trick == "other":
        book.create_sheet("Blad2")["A1"] = "x"
    elif trick == "error":
        sheet["F2"].value, sheet["F2"].data_type = "#DIV/0!", "e"
    sure = trick in ("none", "empty") and not formulas and not _rounded(tables)
    in_folder(lambda folder: book.save(folder / "book.xlsx"), tables["flows"] if sure else None)


def _rounded(tables: dict[str, Rows]) -> bool:
    """Whether writing changes a number: a workbook keeps no infinity, and of a number some sixteen digits."""
    cells = [cell for rows in tables.values() for row in rows for cell in row]
    return any(type(cell) in (float, int) and cell not in (2020, 100, 60, 40, 1, 0.25) for cell in cells)


CELLS = (
    changed_tables(SHEET_CELL),
    st.sampled_from(["none"] * 5 + ["merge", "hidden", "veryHidden", "empty", "other", "error"]),
)


PIECES = [
    b"", b"<", b">", b"&bomb;", b'r="XFD1048576"', b't="e"', b"<f>1</f>", b"\x00", b"<v>1e999</v>",
    b'<!DOCTYPE a [<!ENTITY b "b">]>',
]  # fmt: skip


@cache
def sound_workbook() -> bytes:
    """Made once: the time of writing stands in a workbook."""
    sound = io.BytesIO()
    workbook_of({name: [list(r) for r in rows] for name, rows in SOUND.items()}).save(sound)
    return sound.getvalue()


@st.composite
def damaged_workbooks(draw: st.DrawFn) -> bytes:
    """The sound workbook with its bytes or the text of one of its parts changed."""
    content = sound_workbook()
    match draw(st.sampled_from(["cut", "flip", "part", "part", "part", "name", "drop"])):
        case "cut":
            return content[: draw(st.integers(0, len(content)))]
        case "flip":
            changed = bytearray(content)
            for _ in range(draw(st.integers(1, 8))):
                changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
            return bytes(changed)
        case how:
            return _changed_part(draw, content, how)


def _changed_part(draw: st.DrawFn, content: bytes, how: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        chosen = draw(st.sampled_from(names))
        for name in names:
            text = old.read(name)
            if name == chosen and how == "drop":
                continue
            if name == chosen and how == "name":
                name = draw(st.sampled_from(["../../x", "/etc/x", name.upper(), name + "x", names[0]]))
            elif name == chosen:
                start = draw(st.integers(0, len(text)))
                stop = min(len(text), start + draw(st.integers(0, 40)))
                text = text[:start] + draw(st.sampled_from([*PIECES, text[:200]])) + text[stop:]
            new.writestr(name, text)
    return out.getvalue()


def bytes_case(content: bytes) -> None:
    in_folder(lambda folder: (folder / "book.xlsx").write_bytes(content), None)


# Parquet ---------------------------------------------------------------------------------------------------------


def parquet_case(tables: dict[str, Rows], cut: float) -> None:
    def write(folder: Path) -> None:
        for name, rows in tables.items():
            width = len(rows[0]) if rows else 0
            body = [[as_text(c) for c in row[:width]] + [""] * (width - len(row)) for row in rows[1:]]
            frame = pd.DataFrame(body, columns=[as_text(c) for c in rows[0]] if rows else [], dtype=str)
            buffer = io.BytesIO()
            frame.to_parquet(buffer)
            content = buffer.getvalue()
            (folder / f"{name}.parquet").write_bytes(content[: math.ceil(len(content) * cut)])

    uneven = any(len(row) > len(rows[0]) for rows in tables.values() if rows for row in rows)
    in_folder(write, tables["flows"] if cut == 1 and not uneven else None)


PARQUET = (
    changed_tables(CELL.map(lambda c: c.encode("utf-8", "replace").decode() if isinstance(c, str) else c)).filter(
        lambda tables: all(len({as_text(c) for c in rows[0]}) == len(rows[0]) for rows in tables.values() if rows)
    ),
    st.sampled_from([1.0] * 8 + [0.5, 0.99]),
)

# Runs ------------------------------------------------------------------------------------------------------------

FREE = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


def test_sound_tables_are_accepted() -> None:
    """Otherwise every case would end in an error, and none would be tried to its end."""
    for case in (
        lambda: csv_case(SOUND, "utf-8", 1),
        lambda: cells_case({n: [list(r) for r in rows] for n, rows in SOUND.items()}, "none"),
        lambda: parquet_case(SOUND, 1),
    ):
        case()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fieldlab.yaml").write_text(DESCRIPTION.format(id="fuzz", periods=[2020]), encoding="utf-8")
        workbook_of(SOUND).save(folder / "book.xlsx")
        assert load_fieldlab(folder).tables["flows"]["mass"].tolist() == [100_000, 60_000, 40_000]


@settings(max_examples=QUICK["csv"], derandomize=True, **FREE)
@given(*CSV)
def test_changed_csv_ends_in_a_named_error_or_the_very_numbers(tables: Any, encoding: str, cut: float) -> None:
    csv_case(tables, encoding, cut)


@settings(max_examples=QUICK["cells"], derandomize=True, **FREE)
@given(*CELLS)
def test_changed_cells_of_a_workbook_end_in_a_named_error_or_the_very_numbers(tables: Any, trick: str) -> None:
    cells_case(tables, trick)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=QUICK["bytes"], derandomize=True, **FREE)
@given(damaged_workbooks())
def test_a_damaged_workbook_ends_in_a_named_error(content: bytes) -> None:
    bytes_case(content)


@settings(max_examples=QUICK["parquet"], derandomize=True, **FREE)
@given(*PARQUET)
def test_changed_parquet_ends_in_a_named_error_or_the_very_numbers(tables: Any, cut: float) -> None:
    parquet_case(tables, cut)


@pytest.mark.slow
@settings(max_examples=SLOW["csv"], derandomize=False, **FREE)
@given(*CSV)
def test_ten_thousand_changed_csv_tables(tables: Any, encoding: str, cut: float) -> None:
    csv_case(tables, encoding, cut)


@pytest.mark.slow
@settings(max_examples=SLOW["cells"], derandomize=False, **FREE)
@given(*CELLS)
def test_thousands_of_changed_workbooks(tables: Any, trick: str) -> None:
    cells_case(tables, trick)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=SLOW["bytes"], derandomize=False, **FREE)
@given(damaged_workbooks())
def test_thousands_of_damaged_workbooks(content: bytes) -> None:
    bytes_case(content)


@pytest.mark.slow
@settings(max_examples=SLOW["parquet"], derandomize=False, **FREE)
@given(*PARQUET)
def test_thousands_of_changed_parquet_files(tables: Any, cut: float) -> None:
    parquet_case(tables, cut)
