"""The score tree whose weights are asked for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from circularity.errors import DataError, Where, check_argument
from circularity.method.load import Method
from circularity.method.settings import SCORES
from circularity.scoring.read_tree import read_tree
from circularity.scoring.tree import ScoreTree
from circularity.tables.read import read_table

NEEDED, NAMES = ["code", "parent"], ["name", "nl", "en"]


def read_structure(source: Path | str | pd.DataFrame | None, method: Method) -> ScoreTree:
    """The score tree in a table with a column ``code`` and a column ``parent``, which is empty at the top.

    Parameters
    ----------
    source : Path, str, DataFrame or None
        File with a table (CSV, workbook, Parquet), or a table; the score tree of most kinds of fieldlab by default
        (``scores.csv``). Names are in ``nl`` and ``en``, or in ``name``; other columns are not looked at, because
        weights are what is asked for.
    method : Method

    Returns
    -------
    ScoreTree
        With equal weights.

    Raises
    ------
    MissingColumn, EmptyTable, NotReadable
        If it is no such table, or no code in it has two others below it.
    DataFaults
        If the codes are not a tree with one top.
    """
    check_argument("source", source, str, Path, pd.DataFrame, optional=True)
    check_argument("method", method, Method)
    if isinstance(source, pd.DataFrame):
        table, file = source, str(source.attrs.get("file", ""))
    else:
        path = method.root / SCORES if source is None else Path(source)
        table, file = read_table(path), path.name
    for column in NEEDED:
        if column not in table:
            raise DataError("MissingColumn", where=Where(file=file, row=1), found=column, expected="code,parent.")
    hierarchy = table[[c for c in [*NEEDED, *NAMES] if c in table]].assign(weight=1, direction="higher_is_better")
    if file:
        hierarchy.attrs["file"] = file
    tree = read_tree(hierarchy)
    if not tree.groups:
        raise DataError("EmptyTable", where=Where(file=file))
    return tree
