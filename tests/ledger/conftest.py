"""Faults of a folder, and files changed by hand."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from circularity.errors import CircularityError, DataFaults
from circularity.ledger.fieldlab import load_fieldlab
from circularity.method.load import Method
from tests.conftest import DESCRIPTION, flow, write_table

_TYPES = {"number": pa.float64(), "score": pa.int8()}


@pytest.fixture(scope="session")
def faults_in() -> Callable[[Path], list[CircularityError]]:
    """A function that gives the faults of a folder; that there are none is a failure."""

    def faults(folder: Path) -> list[CircularityError]:
        with pytest.raises(DataFaults) as caught:
            load_fieldlab(folder)
        return list(caught.value)

    return faults


@pytest.fixture
def write_flows(write_lab: Callable[..., Path], make_flow: Callable[..., dict[str, Any]]) -> Callable[..., Path]:
    """A function that writes a sound fieldlab whose flows are the given text or bytes."""

    def write(content: str | bytes) -> Path:
        folder = write_lab([make_flow()])
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "flows.csv").write_bytes(data)
        return folder

    return write


@pytest.fixture(scope="session")
def small_lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound fieldlab of one factory: 100 kg in, 60 kg of product out. For reading only."""
    folder = tmp_path_factory.mktemp("small") / "small-lab"
    folder.mkdir()
    (folder / "fieldlab.yaml").write_text(DESCRIPTION.format(id="small-lab", periods=[2020]), encoding="utf-8")
    write_table(folder / "organisations.csv", [{"organisation": "factory", "name": "Factory"}])
    write_table(folder / "flows.csv", [flow(mass=100), flow("product", mass=60)])
    (folder / "products.csv").write_text("product,name,mass,unit\nbottle,Fles,0.25,kg\n", encoding="utf-8")
    return folder


@pytest.fixture
def write_dataset(write_lab: Callable[..., Path], method: Method) -> Callable[..., Path]:
    """A function that writes a fieldlab whose flows, with masses in kg, are a dataset in grams; one file a period."""

    def write(flows: Sequence[Mapping[str, Any]], *, masses_in: float = 1e-3, **more: Any) -> Path:
        folder = write_lab(flows, **more)
        (folder / "flows.csv").unlink()
        spec = method.tables["flows"].columns
        given = list(dict.fromkeys(c for f in flows for c in f if c not in ("period", "mass", "unit")))
        for period in sorted({f["period"] for f in flows}):
            rows = [f for f in flows if f["period"] == period]
            columns = {
                c: pa.array([f.get(c) or None for f in rows], _TYPES.get(spec[c].kind, pa.string())) for c in given
            }
            masses = [None if f["mass"] is None else round(f["mass"] / masses_in) for f in rows]
            table = pa.table({**columns, "mass": pa.array(masses, pa.int64())})
            place = folder / "flows" / f"period={period}"
            place.mkdir(parents=True)
            metadata = {"circularity.mass_unit": f"{masses_in:g}"}
            pq.write_table(table.replace_schema_metadata(metadata), place / "part-0000.parquet")
        return folder

    return write
