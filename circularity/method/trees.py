"""Codes and scores that stand below others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method.csv_reader import read_rows
from circularity.method.rows import ScoreRow
from circularity.texts import word


def read_score_rows(root: Path, faults: list[CircularityError]) -> list[ScoreRow]:
    """The rows of ``scores.csv``, parents before their children; none when one of them cannot be read."""
    file = "scores.csv"
    _, read = read_rows(root / file, file, ScoreRow, faults)
    rows = [row for row in read if row is not None]
    if len(rows) < len(read):
        return []

    def wrong(number: int, column: str, found: Any, expected: str) -> None:
        shown = word("empty", "yaml_value") if found in ("", None) else found
        where = Where(file=file, row=number, column=column)
        faults.append(FileError("WrongValue", where=where, found=shown, expected=word(expected, "expected")))

    above: set[str] = set()
    for number, row in enumerate(rows, start=2):
        children = [r.weight for r in rows if r.parent == row.code]
        if row.code in above:
            faults.append(MethodError("DuplicateId", where=Where(file=file, row=number, column="code"), found=row.code))
        elif (row.parent == "") != (number == 2):
            wrong(number, "parent", row.parent, "one_top")
        elif row.parent and row.parent not in above:
            wrong(number, "parent", row.parent, "row_above")
        elif row.aggregation == "goalposts":
            if row.lower is None or row.upper is None or row.lower >= row.upper:
                wrong(number, "lower", _ends(row), "goalposts")
            if children and row.code != rows[0].parent:  # a circle with the top is told at the top
                wrong(number, "aggregation", row.aggregation, "no_children")
        else:
            if row.lower is not None or row.upper is not None:
                wrong(number, "lower", _ends(row), "no_goalposts")
            if sum(children) <= 0:
                wrong(number, "weight", ", ".join(f"{w:g}" for w in children), "weights")
        above.add(row.code)
    return rows


def _ends(row: ScoreRow) -> str:
    return ", ".join("…" if end is None else f"{end:g}" for end in (row.lower, row.upper))


def is_tree(table: pd.DataFrame, file: str, faults: list[CircularityError]) -> bool:
    """Whether the codes of a list are a tree; what is not goes to `faults`."""
    parent: dict[str, str] = {}
    before = len(faults)
    for row, (code, above) in enumerate(zip(table["code"], table["parent"], strict=True), start=2):
        if code in parent:
            faults.append(MethodError("DuplicateId", where=Where(file=file, row=row, column="code"), found=code))
        parent.setdefault(code, above)
    told: set[str] = set()
    for row, (code, above) in enumerate(zip(table["code"], table["parent"], strict=True), start=2):
        where = Where(file=file, row=row, column="parent")
        if above and above not in parent:
            faults.append(FileError("WrongValue", where=where, found=above, expected=word("code_above", "expected")))
        path = [code]
        while (above := parent.get(path[-1], "")) and above not in path:
            path.append(above)
        if above == code and code not in told:
            told |= set(path)
            faults.append(MethodError("Circle", where=where, found=code, path=" > ".join([*path, code])))
    return len(faults) == before
