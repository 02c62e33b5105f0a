"""A fieldlab out of DataFrames, with the checks of one that is read from files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CircularityError, DataError, DataFaults, Where, check_argument, meant, sentence
from circularity.ledger.description import Reading, read_description
from circularity.ledger.fieldlab import Fieldlab, checked
from circularity.ledger.raw import RawTable, from_rows
from circularity.ledger.tables import Found
from circularity.method.load import Method, load_method
from circularity.tables.cells import as_text
from circularity.tables.columns import YEAR
from circularity.texts import LANGUAGES

# What a fault in the description of such a fieldlab names in the place of a file.
CALL = "fieldlab()"


def fieldlab(
    kind: str,
    /,
    *,
    periods: Sequence[int] | None = None,
    id: str = "fieldlab",
    name: str | Mapping[str, str] | None = None,
    about: str | Mapping[str, str] | None = None,
    nature: str = "fieldlab",
    sources: Sequence[Mapping[str, Any]] = (),
    licence: str = "",
    confidentiality: str = "confidential",
    method: Method | None = None,
    **tables: pd.DataFrame,
) -> Fieldlab:
    """The fieldlab of tables in memory, checked as `load_fieldlab` checks files.

    Parameters
    ----------
    kind : str
        Kind of fieldlab, such as ``circular_factory``; the method lists them.
    periods : sequence of int, optional
        Calendar years that the data are about; those in the tables by default.
    id : str, optional
        Short name: lower-case letters, digits, - and _.
    name, about : str or mapping of str to str, optional
        Name of the fieldlab and a sentence on it; a text for both languages, or ``{"nl": ..., "en": ...}``. The id by
        default.
    nature : {"fieldlab", "reference_case", "synthetic"}, optional
        What kind of data these are; reports and figures say so when they are not a fieldlab's own.
    sources : sequence of mapping, optional
        Where the data come from: ``title``, ``by``, ``year`` and ``licence``, as in ``fieldlab.yaml``.
    licence : str, optional
        Licence of the tables.
    confidentiality : {"public", "restricted", "confidential"}, optional
    method : Method, optional
        The installed method by default.
    **tables : DataFrame
        By name of the table: ``organisations``, ``flows``, ``products`` and what else the kind has, with the columns
        of the method. An empty cell is not filled in, ``"unknown"`` is not known; neither is zero.

    Returns
    -------
    Fieldlab
        Its faults and explanations name the table and the row, which are numbered as in a file: the heading is row 1,
        the first row of a DataFrame is row 2.

    Raises
    ------
    DataFaults
        With every fault in the tables and in what describes them.
    CallError
        If a table is not a DataFrame, `method` not a method, or `periods` or `sources` not a list.

    Examples
    --------
    >>> import pandas as pd
    >>> flow = {"period": 2024, "from": "market", "to": "works", "role": "input", "material": "steel"}
    >>> flows = pd.DataFrame([{**flow, "mass": 3.5, "unit": "t", "origin": "recycled"}])
    >>> works = pd.DataFrame({"organisation": ["works"], "name": ["Works"]})
    >>> products = pd.DataFrame({"product": []})
    >>> fieldlab("circular_factory", flows=flows, organisations=works, products=products).periods
    [2024]
    """
    check_argument("kind", kind, str)
    check_argument("method", method, Method, optional=True)
    check_argument("periods", periods, list, tuple, range, np.ndarray, pd.Index, pd.Series, optional=True)
    check_argument("sources", sources, list, tuple)
    for number, source in enumerate(sources):
        check_argument(f"sources[{number}]", source, Mapping)
    for table, frame in tables.items():
        check_argument(table, frame, pd.DataFrame)
    method = method or load_method()
    reader = load_method() if method.archived else method  # an earlier version has no words for later columns
    years = _periods(tables, reader) if periods is None else _plain(periods)
    description = {
        "id": id, "kind": kind, "nature": nature, "name": _both(name or id), "about": _both(about or name or id),
        "periods": years, "sources": [dict(source) for source in sources], "licence": licence,
        "confidentiality": confidentiality,
    }  # fmt: skip
    faults: list[CircularityError] = []
    reading = _described(description, reader, faults)
    found = _found(tables, reading.kind, reader, faults)
    try:
        lab = checked(found, found.tables, reading, reader, method, faults)
    except DataFaults as problem:
        # Without a usable year the tables have a fault themselves: that the list of years is empty follows from it.
        own = [f for f in problem.faults if (f.where.file, f.where.key) != (CALL, "periods")]
        raise (DataFaults(own) if own and not years and periods is None else problem) from None
    return replace(lab, given=_digest(description, found.tables))


def _plain(periods: Iterable[Any]) -> list[Any]:
    """Periods with integers of NumPy as those of Python."""
    return [int(p) if isinstance(p, np.integer) else p for p in periods]


def _both(text: str | Mapping[str, str]) -> Any:
    return dict.fromkeys(LANGUAGES, text) if isinstance(text, str) else text


def _described(data: dict[str, Any], method: Method, faults: list[CircularityError]) -> Reading:
    """The description; a table in memory may come from nowhere that can be named."""
    anything: dict[str, Any] = {"title": "-", "by": "-", "year": 2000, "licence": "-"}
    wrong: list[CircularityError] = []
    reading = read_description({**data, "sources": data["sources"] or [anything]}, method, wrong)
    for fault in wrong:
        fault.where = replace(fault.where, file=CALL)
    faults += wrong
    if reading.description is not None and not data["sources"]:
        reading.description = reading.description.model_copy(update={"sources": []})
    return reading


def _periods(tables: Mapping[str, pd.DataFrame], method: Method) -> list[int]:
    """The years in the columns of the tables that hold periods."""
    found: set[int] = set()
    for table, frame in tables.items():
        columns = method.tables[table].columns if table in method.tables else {}
        for column in (c for c in frame.columns if c in columns and columns[c].kind == "period"):
            texts = {as_text(cell).strip() for cell in _cells(frame[[column]])[column]}
            found |= {int(text) for text in texts if re.fullmatch(YEAR, text)}
    return sorted(found)


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with None in every empty cell, whatever the type of its column; a list in a cell becomes its text."""
    cells = frame.astype(object).where(frame.notna(), None)
    for place in range(cells.shape[1]):
        column = cells.iloc[:, place]
        if any(kind is tuple or kind.__hash__ is None for kind in set(map(type, column))):
            texts = [cell if isinstance(cell, str) or cell is None else as_text(cell) for cell in column]
            cells.isetitem(place, pd.Series(texts, index=cells.index, dtype=object))
    return cells


def _found(
    tables: Mapping[str, pd.DataFrame], kind: str | None, method: Method, faults: list[CircularityError]
) -> Found:
    """The tables as cells; of an unknown kind any table is allowed."""
    needed = method.settings.kinds[kind].tables if kind else []
    known = [*needed, *method.settings.kinds[kind].optional] if kind else list(method.tables)
    found = Found()
    for table, frame in tables.items():
        where = Where(file=table)
        if table not in known:
            hint = meant(table, known)
            advice = sentence("choose", names=known) if hint is None else None
            faults.append(DataError("UnknownTable", where=where, found=table, expected=known, hint=hint, advice=advice))
            continue
        rows = [list(map(str, frame.columns)), *_cells(frame).itertuples(index=False, name=None)]
        raw = from_rows(rows, table, table, None, method.tables[table], faults)
        if raw is None:
            found.unread.add(table)
        else:
            found.tables[table] = raw
    absent = [table for table in needed if table not in tables]
    found.unread.update(absent)
    faults += [
        DataError("MissingTable", where=Where(file=t), found=t, expected=t, advice=sentence("add_table", name=t))
        for t in absent
    ]
    return found


def _digest(description: Mapping[str, Any], tables: Mapping[str, RawTable]) -> str:
    """SHA-256 over all that was given."""
    total = hashlib.sha256(json.dumps(description, sort_keys=True, default=str).encode())
    for name, table in sorted(tables.items()):
        total.update(f"\0{name}\0".encode() + table.cells.to_csv(index=False, lineterminator="\n").encode())
    return total.hexdigest()
