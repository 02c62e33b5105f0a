"""The hierarchy whose weights are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from circularity.errors import CircularityError, DataError, DataFaults, FileError, Where
from circularity.method.load import Method
from circularity.method.trees import is_tree
from circularity.tables.read import read_table
from circularity.texts import LANGUAGES, word


@dataclass(frozen=True)
class Structure:
    """A tree of codes.

    Attributes
    ----------
    children : dict of str to list of str
        The codes under each code that has any, in the order of the table, from the top down.
    names : dict of str to dict of str to str
        The name of each code by language; the code itself where the table has none.
    """

    children: Mapping[str, list[str]]
    names: Mapping[str, Mapping[str, str]]

    @property
    def nodes(self) -> dict[str, list[str]]:
        """The codes with two or more under them: what is asked about."""
        return {parent: codes for parent, codes in self.children.items() if len(codes) > 1}

    @property
    def only_children(self) -> Iterator[tuple[str, str]]:
        """Pairs of a code and the only one under it, which has all the weight."""
        return ((parent, codes[0]) for parent, codes in self.children.items() if len(codes) == 1)

    def name(self, code: str, lang: str) -> str:
        """What people call a code."""
        return self.names.get(code, {}).get(lang, code)

    def shares(self, weights: Mapping[tuple[str, str], float]) -> dict[str, float]:
        """The weight of every node in the whole: 1 at the top, below it the product of the weights on the way down.

        Parameters
        ----------
        weights : mapping of (parent, code) to float
            Of every node.
        """
        found: dict[str, float] = {}
        for parent, codes in self.children.items():  # from the top down
            above = found.setdefault(parent, 1.0)
            for code in codes:
                found[code] = above * (weights[parent, code] if len(codes) > 1 else 1.0)
        return found


def read_structure(source: Path | str | pd.DataFrame | None, method: Method) -> Structure:
    """The hierarchy in a table with a column ``code`` and a column ``parent``, which is empty at the top.

    Parameters
    ----------
    source : Path, str, DataFrame or None
        File with a table (CSV, workbook, Parquet), or a table; the score structure of the method by default. Names are
        in ``nl`` and ``en``, or in
        ``name``.
    method : Method

    Raises
    ------
    MissingColumn, EmptyTable, NotReadable
        If it is no such table, or nothing in it has two codes under it.
    DataFaults
        If the codes are no tree with one top.
    """
    if isinstance(source, pd.DataFrame):
        table, file = source.fillna("").astype(str), str(source.attrs.get("file", ""))
    else:
        path = method.root / "scores.csv" if source is None else Path(source)
        table, file = read_table(path), path.name
    for column in ("code", "parent"):
        if column not in table:
            raise DataError("MissingColumn", where=Where(file=file, row=1), found=column, expected="code,parent.")
    table = table.assign(code=table["code"].str.strip(), parent=table["parent"].str.strip())
    faults: list[CircularityError] = []
    is_tree(table, file, faults)
    tops = [row for row, parent in enumerate(table["parent"], start=2) if not parent]
    if len(tops) != 1 and not faults:
        where = Where(file=file, row=tops[1] if tops else None, column="parent")
        faults.append(FileError("WrongValue", where=where, found=len(tops), expected=word("single_top", "expected")))
    if faults:
        raise DataFaults(faults)
    below: dict[str, list[str]] = {}
    for code, parent in zip(table["code"], table["parent"], strict=True):
        if parent:
            below.setdefault(parent, []).append(code)
    order = [next(code for code, parent in zip(table["code"], table["parent"], strict=True) if not parent)]
    for code in order:  # grows while it is gone through: every level after the one above
        order += below.get(code, [])
    children = {code: below[code] for code in order if code in below}
    if not any(len(codes) > 1 for codes in children.values()):
        raise DataError("EmptyTable", where=Where(file=file))
    names = {
        str(row["code"]): {lang: str(row.get(lang) or row.get("name") or row["code"]) for lang in LANGUAGES}
        for row in table.to_dict("records")
    }
    return Structure(children, names)
