"""Reading everything that stakeholders answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from circularity.errors import (
    CallError,
    CircularityError,
    DataError,
    DataFaults,
    FileError,
    WeightingError,
    Where,
    check_argument,
)
from circularity.ledger.book.sheets import LOCK
from circularity.ledger.raw import RawTable, from_rows, read_raw
from circularity.method.load import Method, load_method
from circularity.method.validation import collect_errors
from circularity.method.weighting_config import ConsensusMethod
from circularity.scoring.tree import ScoreTree
from circularity.tables.cells import as_text
from circularity.tables.workbook import WORKBOOKS
from circularity.texts import word
from circularity.weighting.answers import Answer
from circularity.weighting.rows import Row, answers_of, not_a_number, number
from circularity.weighting.structure import read_structure
from circularity.weighting.workbook import extra_column, rows_of_workbook

COLUMNS = ("respondent", "helix", "role", "node", "way", "part", "item", "other", "value")
ENDINGS = (".csv", ".parquet", *WORKBOOKS)


@dataclass(frozen=True)
class Responses:
    """What stakeholders answered, checked.

    Attributes
    ----------
    answers : tuple of Answer
        By respondent and node.
    structure : ScoreTree
        The hierarchy that was asked about.
    method : Method
    """

    answers: tuple[Answer, ...]
    structure: ScoreTree
    method: Method

    @property
    def rules(self) -> ConsensusMethod:
        """The part of the method on consensus."""
        return consensus_of(self.method)

    @property
    def table(self) -> pd.DataFrame:
        """The answers in the tidy form that `read_responses` reads: a row is one judgement."""
        rows = [
            (a.respondent, a.helix, a.role, a.node, a.elicitation, j.part, j.item, j.other, j.value)
            for a in self.answers
            for j in a.judgements
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def __repr__(self) -> str:
        people = Counter(dict.fromkeys((a.respondent, a.helix) for a in self.answers).keys())
        return f"<Responses of {len(people)} people about {len(self.structure.groups)} nodes>"


def consensus_of(method: Method) -> ConsensusMethod:
    """The part of a method on consensus.

    Raises
    ------
    NoConsensus
        If the method has none.
    """
    if method.consensus is None:
        raise CallError("NoConsensus", found=method.version)
    return method.consensus


def read_responses(
    source: Path | str | pd.DataFrame,
    structure: Path | str | pd.DataFrame | None = None,
    method: Method | None = None,
) -> Responses:
    """What stakeholders answered.

    Parameters
    ----------
    source : Path, str or DataFrame
        Folder of workbooks (.xlsx) and CSV files, or a table with the columns of such a CSV file: respondent, helix,
        role, node, way, part, item, other, value. They are declared under ``tables`` in ``consensus.yaml``.
    structure : Path, str or DataFrame, optional
        The hierarchy, with columns ``code`` and ``parent``; the score structure of the method by default.
    method : Method, optional
        The installed method by default.

    Returns
    -------
    Responses

    Raises
    ------
    NoResponses
        If the folder holds no answers.
    FolderNotFound, NotAFolder
        If there is no such folder, or it is a file.
    NoConsensus
        If the method does not say how weights are asked for.
    DataFaults
        With every fault found, each with its file, sheet and cell.
    """
    check_argument("source", source, str, Path, pd.DataFrame)
    check_argument("structure", structure, str, Path, pd.DataFrame, optional=True)
    check_argument("method", method, Method, optional=True)
    method = load_method() if method is None else method
    rules, hierarchy = consensus_of(method), read_structure(structure, method)
    faults: list[CircularityError] = []
    given = isinstance(source, pd.DataFrame)
    rows = list(_of_table(source, rules, faults) if given else _of_folder(Path(source), rules, faults))
    answers = answers_of(rows, hierarchy, rules, faults)
    if faults:
        raise DataFaults(faults)
    if not answers:
        raise WeightingError("NoResponses", found="DataFrame" if given else Path(source).name)
    return Responses(tuple(answers), hierarchy, method)


def _of_folder(folder: Path, rules: ConsensusMethod, faults: list[CircularityError]) -> Iterator[Row]:
    if not folder.is_dir():
        code = "NotAFolder" if folder.exists() else "FolderNotFound"
        raise FileError(code, found=folder, expected=word("folder_of_answers", "expected"))
    files = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in ENDINGS and not p.name.startswith((LOCK, "."))]
    if not files:
        raise WeightingError("NoResponses", found=folder.name)
    for path in files:
        with collect_errors(faults):
            if path.suffix.lower() in WORKBOOKS:
                yield from rows_of_workbook(path, folder, rules, faults)
            else:
                raw = read_raw(path, "responses", rules.rules.tables.responses, faults, folder)
                yield from () if raw is None else _of_raw(raw, rules, faults)


def _of_table(table: pd.DataFrame, rules: ConsensusMethod, faults: list[CircularityError]) -> Iterator[Row]:
    cells = [list(map(str, table.columns)), *([as_text(c) for c in row] for row in table.itertuples(index=False))]
    file = str(table.attrs.get("file", ""))
    raw = from_rows(cells, "responses", file, None, rules.rules.tables.responses, faults)
    return iter(()) if raw is None else _of_raw(raw, rules, faults)


def _of_raw(raw: RawTable, rules: ConsensusMethod, faults: list[CircularityError]) -> Iterator[Row]:
    """The rows of a tidy table; none when a column is missing or does not belong there."""
    spec = rules.rules.tables.responses
    before = len(faults)
    faults += [extra_column(raw, column, rules) for column in raw.cells if column not in spec.columns]
    for column, about in spec.columns.items():
        if about.needed == "always" and column not in raw.cells:
            faults.append(DataError("MissingColumn", where=raw.in_heading(), found=column, expected=about.meaning))
    if len(faults) > before:
        return
    cells = raw.cells.reindex(columns=list(spec.columns), fill_value="")
    code = word("respondent_code", "consensus")
    for position, row in enumerate(cells.to_dict("records")):
        texts = {name: str(text) for name, text in row.items()}

        def at(column: str, position: int = position) -> Where:
            return raw.where(position, column)

        addresses = [name for name, text in texts.items() if "@" in text]
        for name in addresses:
            faults.append(
                WeightingError(
                    "PersonalData", where=at(name), found=word("cell_with_address", "consensus"), expected=code
                )
            )
        value = number(texts.pop("value"))
        if addresses:
            continue
        if value is None:
            faults.append(not_a_number(at("value"), str(row["value"])))
        else:
            yield Row(**texts, value=value, at=at)
