"""Writing a large ledger, a piece at a time."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from circularity.ledger.parquet_dataset.dataset import MASS_UNIT, NATURE

# Files of this size are enough work for one task of a cluster, and few enough to list.
ROWS_PER_FILE = 4_000_000
# What a reader holds in memory at a time, for every thread.
ROWS_PER_GROUP = 2**18


class DatasetWriter:
    """Writes the flows of a fieldlab as a dataset: a folder for every period, files of limited size.

    Parameters
    ----------
    folder : Path
        ``flows`` in the folder of the fieldlab; made when it is not there.
    mass_unit : float
        What one unit of the column ``mass`` is. [kg]
    nature : str, optional
        What the data are, when they are no measurement: stands in every file.
    rows_per_file : int, optional

    Examples
    --------
    >>> with DatasetWriter(Path("lab/flows"), 1e-3) as writer:  # doctest: +SKIP
    ...     writer.write(2020, pa.table({"from": ["market"], "to": ["firm"], "role": ["input"],
    ...                                  "material": ["glass"], "mass": [1500]}))
    """

    def __init__(
        self, folder: Path, mass_unit: float, nature: str | None = None, rows_per_file: int = ROWS_PER_FILE
    ) -> None:
        self.folder, self.rows_per_file = folder, rows_per_file
        self.metadata = {MASS_UNIT: f"{mass_unit:g}", **({NATURE: nature} if nature else {})}
        self._writer: Any = None
        self._period: int | None = None
        self._files: dict[int, int] = {}
        self._rows = 0

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def write(self, period: int, rows: pa.Table) -> None:
        """Add rows to a period.

        Parameters
        ----------
        period : int
        rows : Table
            Columns of the table of flows, the period left out; ``mass`` as int64, null where unknown.
        """
        rows = rows.replace_schema_metadata(self.metadata)
        while len(rows):
            if self._writer is None or period != self._period or self._rows == self.rows_per_file:
                self._open(period, rows.schema)
            piece = rows.slice(0, min(self.rows_per_file - self._rows, ROWS_PER_GROUP))
            self._writer.write_table(piece, row_group_size=ROWS_PER_GROUP)
            self._rows += len(piece)
            rows = rows.slice(len(piece))

    def _open(self, period: int, schema: pa.Schema) -> None:
        self._close()
        place = self.folder / f"period={period}"
        place.mkdir(parents=True, exist_ok=True)
        number = self._files.get(period, 0)
        self._files[period] = number + 1
        self._writer = pq.ParquetWriter(place / f"part-{number:04}.parquet", schema, compression="zstd")
        self._period, self._rows = period, 0

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
