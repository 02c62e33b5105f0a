"""Shared fixtures: the method, small fieldlabs made on the spot, and the public data when they are there."""

from __future__ import annotations

import csv
import gc
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from filelock import FileLock
from hypothesis import HealthCheck, settings

import circularity as ce
from circularity.cli import main
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.load import Method, load_method

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("CIRCULARITY_SHARED", ROOT.parent / "shared"))

# Property tests try the same cases every time, so that a run that passed passes again; with this set, others each time.
# How long a case takes says how busy the machine is, so that none is too slow.
settings.register_profile(
    "same",
    derandomize=not os.environ.get("CIRCULARITY_RANDOM"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("same")


def pytest_collection_finish() -> None:
    """Leave alone what lasts as long as the tests: looking through it again and again takes a seventh of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


PV = ROOT / "data" / "pv-module-factory"
Rows = Sequence[Mapping[str, Any]]

DESCRIPTION = """id: {id}
kind: circular_factory
nature: synthetic
name: {{nl: Testfabriek, en: Test factory}}
about: {{nl: Synthetisch., en: Synthetic.}}
periods: {periods}
sources: [{{title: made for a test, by: the tests, year: 2026, licence: CC0}}]
licence: CC0
confidentiality: public
"""

# The declaration of the design page, which asks for nothing but a heading for its group.
DECLARATION = """- id: my_share
  name: {nl: Mijn aandeel, en: My share}
  meaning: {nl: Proef., en: Trial.}
  unit: "1"
  direction: higher_is_better
  bounds: [0, 1]
  levels: [product, organisation, fieldlab, municipality, region]
  rollup: sum_then_divide
  quantities:
    input: {table: flows, where: {role: input}, sum: mass}
    secondary: {table: flows, where: {role: input, origin: [reused, recycled]}, sum: mass}
  formula: secondary / input
  references: {cb23: "1.2"}
  source: {key: cb23_meten_2022, at: "indicator 1.2", status: unverified}
  examples:
    - {given: {input: 1220, secondary: 456}, expect: 0.373770, from: "constructed"}
"""

ORGANISATIONS: Rows = [{"organisation": "factory", "name": "Factory"}]


def write_table(path: Path, rows: Rows, columns: Sequence[str] = ()) -> None:
    """Rows as a CSV file; columns in order of appearance after `columns`."""
    heading = list(dict.fromkeys([*columns, *(c for row in rows for c in row)]))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, heading, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def flow(role: str = "input", mass: Any = 100, **more: Any) -> dict[str, Any]:
    """A flow of the organisation `factory` in 2020, of glass in kg, without uncertainty."""
    inward = role == "input"
    return {
        "period": 2020,
        "from": "market" if inward else "factory",
        "to": "factory" if inward else "market",
        "role": role,
        "material": "glass",
        "mass": mass,
        "unit": "kg",
        "origin": "nonrenewable" if inward else "",
        "destination": "" if role in ("input", "product") else "landfill",
        "uncertainty": 1,
        **more,
    }


@pytest.fixture(scope="session")
def method() -> Method:
    return load_method()


@pytest.fixture
def method_copy(tmp_path: Path) -> Path:
    """A copy of the installed method that a test may change; earlier versions stay where they are."""
    return copy_of_method(tmp_path)


def copy_of_method(folder: Path) -> Path:
    source, versions = ROOT / "methodology", shutil.ignore_patterns("versions")
    return Path(shutil.copytree(source, folder / "methodology", ignore=versions, copy_function=shutil.copyfile))


def replace_in(path: Path, old: str, new: str, count: int = -1) -> None:
    """Put a text in the place of one that must be there, everywhere or the first `count` times."""
    text = path.read_text(encoding="utf-8")
    assert old in text, (path.name, old)
    path.write_text(text.replace(old, new, count), encoding="utf-8")


@pytest.fixture
def write_lab(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a fieldlab folder and gives its path."""

    def write(
        flows: Rows = (),
        products: Rows = (),
        organisations: Rows = ORGANISATIONS,
        measurements: Rows | None = None,
        periods: Sequence[int] = (2020,),
        name: str = "test-lab",
        description: str = DESCRIPTION,
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "fieldlab.yaml").write_text(description.format(id=name, periods=list(periods)), encoding="utf-8")
        write_table(folder / "organisations.csv", organisations, ["organisation", "name"])
        write_table(folder / "flows.csv", flows, ["period", "from", "to", "role", "material", "mass", "unit"])
        write_table(folder / "products.csv", products, ["product"])
        if measurements is not None:
            write_table(folder / "measurements.csv", measurements)
        return folder

    return write


@pytest.fixture
def make_lab(write_lab: Callable[..., Path]) -> Callable[..., Fieldlab]:
    """A function that makes a fieldlab out of rows."""
    return lambda *args, **more: load_fieldlab(write_lab(*args, **more))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the public data; the test is skipped when it is not there."""
    if not SHARED.is_dir():
        pytest.skip(f"the public data are not beside the clone ({SHARED.name}/)")
    return SHARED


@pytest.fixture(scope="session")
def pv() -> Fieldlab:
    """The reference case."""
    return _reference_case()


@lru_cache
def _assessed(draws: int, seed: int, lang: str) -> ce.Result:
    return ce.assess(_reference_case(), draws=draws, seed=seed, lang=lang)


@lru_cache
def _reference_case() -> Fieldlab:
    return load_fieldlab(PV)


@pytest.fixture(scope="session")
def pv_in() -> Callable[[str], ce.Result]:
    """The reference case assessed with 100 draws, in a language: for tests of what is done with a result."""
    return lambda lang: _assessed(100, 1, lang)


@pytest.fixture(scope="session")
def pv_result(pv_in: Callable[[str], ce.Result]) -> ce.Result:
    """The same in English."""
    return pv_in("en")


@pytest.fixture
def pv_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verbs take the reference case as it was read and assessed before: for tests of what they show."""
    read, assess = load_fieldlab, ce.result.assess

    def known(path: Path, *arguments: Any) -> Fieldlab:
        return _reference_case() if Path(path) == PV else read(path, *arguments)

    def assessed(lab: Fieldlab, method: Method, *, draws: int, seed: int, lang: str) -> ce.Result:
        if lab is _reference_case() and method is lab.method:
            return _assessed(draws, seed, lang)
        return assess(lab, method, draws=draws, seed=seed, lang=lang)

    monkeypatch.setattr("circularity.ledger.fieldlab.load_fieldlab", known)
    monkeypatch.setattr("circularity.result.assess", assessed)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """A function that makes a folder once in a run, whichever of its processes asks first. For reading only.

    It takes the name of the folder, and a function that fills it.
    """
    together = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # every worker has a folder of its own below that of the run
        together = together.parent

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, filled = together / name, together / f"{name}.filled"
        with FileLock(together / f"{name}.lock"):
            if not filled.exists():
                shutil.rmtree(folder, ignore_errors=True)  # left by one that failed
                folder.mkdir()
                fill(folder)
                filled.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def reports(once: Callable[..., Path], root: Path) -> Path:
    """Reports of the reference case and of the small synthetic fieldlab, in both languages."""
    labs = [root / "data" / "pv-module-factory", root / "tests" / "notebooks" / "small-factory"]

    def fill(folder: Path) -> None:
        found = CliRunner().invoke(main, ["report", *map(str, labs), "--out", str(folder)])
        assert found.exit_code == 0, found.output

    return once("reports", fill)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def make_flow() -> Callable[..., dict[str, Any]]:
    return flow
