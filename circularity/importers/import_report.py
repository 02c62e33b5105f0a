"""The report of an import: every row that was read is kept or rejected, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from circularity.errors import sentence, visible
from circularity.importers.encoded import EncodedColumn
from circularity.tables.numbers import Mask, Notation
from circularity.tables.source_table import SourceTable
from circularity.tables.write import FORMULA_SIGNS, write_whole
from circularity.texts import Texts, word

OWN = ("file", "sheet", "row", "step", "reason", "sentence")


@dataclass(frozen=True)
class Rejection:
    """Rows that cannot be used, for one reason.

    Attributes
    ----------
    step, reason : str
        Where and why; both are keys of ``texts/importers.yaml``.
    rows : array of bool
        Which rows, or records where a row gives several.
    column : str
        The column it is about; empty where it is about the row.
    found : EncodedColumn or None
        What was there, where that is not the cell of the column.
    details : mapping of str to object
        What else the sentence names.
    """

    step: str
    reason: str
    rows: Mask
    column: str = ""
    found: EncodedColumn | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Notice:
    """Something about rows that were kept."""

    kind: str
    rows: int
    details: dict[str, Any] = field(default_factory=dict)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """The warning as plain data."""
        text = sentence(self.kind, "import_warning", rows=self.rows, **self.details)[lang]
        return {"warning": self.kind, "rows": self.rows, "sentence": visible(text)}


@dataclass
class _Part:
    """Rows rejected for one reason: their numbers, and their places in the source or their cells."""

    source: SourceTable
    rows: npt.NDArray[np.int64]
    step: str
    reason: str
    sentences: list[str]
    positions: npt.NDArray[np.int64] | None = None
    cells: pa.Table | None = None


@dataclass
class ImportReport:
    """What became of the rows of an import.

    Parameters
    ----------
    lang : {"nl", "en"}
        Language of the sentences.

    Attributes
    ----------
    rows_in, rows_kept : int
    rejected : dict of str to int
        Rows rejected, by reason.
    steps : dict of str to int
        Rows rejected, by step.
    warnings : list of Notice
    """

    lang: str = "en"
    rows_in: int = 0
    rows_kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    warnings: list[Notice] = field(default_factory=list)
    _parts: list[_Part] = field(default_factory=list)

    def reject(
        self,
        source: SourceTable,
        positions: npt.NDArray[np.int64],
        step: str,
        reason: str,
        found: Sequence[str] = (),
        /,
        **details: Any,
    ) -> None:
        """Reject rows of a source for one reason.

        Parameters
        ----------
        source : SourceTable
        positions : array of int
            Their places in the table of the source, in order.
        step, reason : str
            Where and why; both are keys of ``texts/``.
        found : sequence of str, optional
            What was in each row.
        **details
            What else the sentence names.
        """
        if not len(positions):
            return
        sentences = self._sentences(reason, found or [""] * len(positions), details)
        self._add(_Part(source, source.rows[positions], step, reason, sentences, positions))

    def rejected_sums(self, sources: Sequence[SourceTable], amounts: npt.NDArray[np.float64]) -> dict[str, float]:
        """The sum of an amount over the rejected rows, by reason; rows without it (NaN) are left out.

        Parameters
        ----------
        sources : sequence of SourceTable
        amounts : array of float
            One for every row of all sources, one after the other.
        """
        starts = dict(zip(map(id, sources), np.cumsum([0, *(len(s.rows) for s in sources)]), strict=False))
        found: dict[str, float] = {}
        for part in self._parts:
            if part.positions is not None:
                sum_ = float(np.nansum(amounts[part.positions + starts[id(part.source)]]))
                found[part.reason] = found.get(part.reason, 0.0) + sum_
        return found

    def reject_ragged(self, source: SourceTable) -> None:
        """Reject the rows of a source that do not fit its heading."""
        bad, width = source.ragged, len(source.heading)
        if not bad:
            return
        sentences = self._sentences("row_length", [str(len(row.cells)) for row in bad], {"expected": width})
        # A row that is too long keeps all it holds: the rest goes in its last cell.
        cells = [[*padded(row.cells, width - 1), " ".join(row.cells[width - 1 :])] for row in bad]
        columns = {n: pa.array([c[i] for c in cells], pa.string()) for i, n in enumerate(source.heading)}
        rows = np.array([row.row for row in bad], dtype=np.int64)
        self._add(_Part(source, rows, "read", "row_length", sentences, cells=pa.table(columns)))

    def warn_of_guess(self, source: SourceTable, column: str, notation: Notation, rows: int) -> None:
        """Say that numbers with two readings were read, and by what evidence; nothing where no row has one.

        Parameters
        ----------
        source : SourceTable
        column : str
            Heading of the source.
        notation : Notation
            What the other texts of that column show.
        rows : int
            Rows with such a number.
        """
        if rows:
            details = {"file": source.file, "column": column, "decimal": notation.decimal, "names": notation.evidence}
            self.warnings.append(Notice("notation", rows, {**details, "shown_by": notation.shown_by}))

    def _sentences(self, reason: str, found: Sequence[str], details: Mapping[str, Any]) -> list[str]:
        sentences = {f: visible(sentence(reason, "reject", found=f, **details)[self.lang]) for f in set(found)}
        return [sentences[f] for f in found]

    def _add(self, part: _Part) -> None:
        self.rejected[part.reason] += len(part.rows)
        self.steps[part.step] += len(part.rows)
        self._parts.append(part)

    @property
    def rows_rejected(self) -> int:
        """Rows rejected, whatever the reason."""
        return sum(self.rejected.values())

    def close(self, kept: int) -> None:
        """Enter the rows kept, and hold the report to them.

        Raises
        ------
        AssertionError
            If a row is neither kept nor rejected, or both.
        """
        self.rows_kept = kept
        if self.rows_in != self.rows_kept + self.rows_rejected:
            raise AssertionError(f"{self.rows_in} rows in, {self.rows_kept} kept, {self.rows_rejected} rejected")

    def write_rejects(self, path: Path) -> None:
        """The rejected rows with their reasons and all their cells, as CSV, harmless in a spreadsheet."""
        sources = list({id(part.source): part.source for part in self._parts}.values())
        empty = pa.table({name: pa.array([], pa.int64() if name == "row" else pa.string()) for name in OWN})
        tables = [_rejected(source, [p for p in self._parts if p.source is source]) for source in sources]
        write_csv(pa.concat_tables([empty, *tables], promote_options="default"), path)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "rows_in": self.rows_in,
            "rows_kept": self.rows_kept,
            "rows_rejected": self.rows_rejected,
            "rejected": dict(sorted(self.rejected.items())),
            "steps": dict(sorted(self.steps.items())),
            "warnings": [warning.as_dict(self.lang) for warning in self.warnings],
        }

    def lines(self) -> list[str]:
        """The report for a terminal."""
        t = Texts(self.lang)
        lines = [t("import.rows", rows_in=self.rows_in, kept=self.rows_kept, rejected=self.rows_rejected)]
        for reason, count in self.rejected.most_common():
            lines.append(f"  {count} × {word(reason, 'reject_name')[self.lang]}")
        lines += [str(w.as_dict(self.lang)["sentence"]) for w in self.warnings]
        return lines


def _rejected(source: SourceTable, parts: Sequence[_Part]) -> pa.Table:
    """The rejected rows of one source in the order of the file."""
    by_position = [part for part in parts if part.positions is not None]
    others = [part for part in parts if part.cells is not None]
    positions = np.concatenate([p.positions for p in by_position] or [np.array([], dtype=np.int64)])
    place = np.argsort(positions, kind="stable")
    # A row that was made into several records may be rejected more than once.
    different, again = np.unique(positions[place], return_inverse=True)
    cells = source.whole(different)
    if len(different) < len(positions):
        cells = cells.take(pa.array(again))
    own = _own(by_position).take(pa.array(place))
    # A heading of the source that is one of these keeps a name of its own.
    names = [*OWN, *(f"{name} (*)" if name in OWN else name for name in cells.column_names)]
    whole = pa.table([*own.columns, *cells.columns], names)
    for part in others:
        added = [*_own([part]).columns, *(part.cells.columns if part.cells is not None else [])]
        whole = pa.concat_tables([whole, pa.table(added, names)])
    return whole.sort_by("row") if others else whole


def _own(parts: Sequence[_Part]) -> pa.Table:
    """What the report adds to rejected rows."""
    sizes = [len(part.rows) for part in parts]

    def repeated(texts: Sequence[str]) -> pa.Array:
        return pa.array(texts, pa.string()).take(pa.array(np.repeat(np.arange(len(parts)), sizes)))

    rows = np.concatenate([part.rows for part in parts] or [np.array([], dtype=np.int64)])
    own = {
        "file": repeated([part.source.file for part in parts]),
        "sheet": repeated([part.source.sheet or "" for part in parts]),
        "row": pa.array(rows, pa.int64()),
        "step": repeated([part.step for part in parts]),
        "reason": repeated([part.reason for part in parts]),
        "sentence": pa.array([text for part in parts for text in part.sentences], pa.string()),
    }
    return pa.table({name: own[name] for name in OWN})


def write_csv(table: pa.Table, path: Path, numbers: Collection[str] = ()) -> None:
    """A table as CSV whose texts a spreadsheet takes as texts; columns named in `numbers` hold numbers as text."""
    import pyarrow.csv as pacsv

    columns = [
        harmless(cells) if pa.types.is_string(cells.type) and name not in numbers else cells
        for name, cells in zip(table.column_names, table.columns, strict=True)
    ]
    names = harmless(pa.array(table.column_names, pa.string())).to_pylist()
    write_whole(path, lambda path: pacsv.write_csv(pa.table(columns, names), path))


def padded(cells: Sequence[str], width: int) -> list[str]:
    """The first cells of a row, with empty ones where it has too few."""
    return [*cells[:width], *([""] * (width - len(cells)))]


def harmless(cells: Any) -> Any:
    """Texts with a quote before those that a spreadsheet would take as a formula."""
    import pyarrow.compute as pc

    characters = "".join(f"\\{c}" if c in "-+" else c for c in FORMULA_SIGNS)
    return pc.replace_substring_regex(cells, f"^([{characters}])", r"'\1")
