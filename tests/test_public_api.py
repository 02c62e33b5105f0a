"""What `import circularity` offers: one page of names, and an error of its own for whatever is wrong in a call."""

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import circularity as ce
from circularity.report.reference import public_names, reference_page
from tests.faults import raises


@pytest.fixture(scope="module")
def result(pv_result: ce.Result) -> ce.Result:
    return pv_result


def test_dir_shows_the_public_names_and_nothing_else() -> None:
    assert dir(ce) == sorted(ce.__all__)
    assert len(set(ce.__all__)) == len(ce.__all__)
    for name in ce.__all__:
        assert getattr(ce, name) is not None


def test_a_public_package_is_loaded_when_it_is_asked_for_and_not_before() -> None:
    code = (
        "import sys, circularity as ce; "
        "print([p for p in ('importers', 'reconciliation', 'report') if f'circularity.{p}' in sys.modules]); "
        "print(ce.reconciliation.reconcile.__name__)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.split("\n")[:2] == ["[]", "reconcile"]


def test_every_public_name_says_what_it_is() -> None:
    for name in ce.__all__:
        if not name.startswith("__"):
            assert inspect.getdoc(getattr(ce, name)), name
    for package in ce.PACKAGES:
        module = importlib.import_module(f"circularity.{package}")
        for name in public_names(module):
            assert inspect.getdoc(getattr(module, name)), (package, name)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_public_name_is_on_the_reference_page(lang: str) -> None:
    packages = reference_page(lang).text.split("\n## ")[1:]
    modules = [ce, *(importlib.import_module(f"circularity.{package}") for package in ce.PACKAGES)]
    for module, text in zip(modules, packages, strict=True):
        shown = re.findall(r"^\.\. auto(?:class|function):: (\w+)$", text, re.MULTILINE)
        assert shown == public_names(module)
    assert set(public_names(ce)) | set(ce.PACKAGES) | {"__version__"} == set(ce.__all__)


def test_a_result_is_filtered_by_its_columns(result: ce.Result) -> None:
    found = result.filter(level="fieldlab", period=[2015, 2020], indicator=["circular_input_share", "mci"])
    assert set(found["indicator"]) == {"circular_input_share"}  # an MCI is of a product
    assert found["period"].tolist() == [2015, 2020]
    everything = result.filter()
    assert len(everything) == len(result.indicators)
    assert set(result.filter(status="missing")["status"]) == {"missing"}


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx", ".json"])
def test_a_result_is_saved_as_the_command_saves_it(ending: str, result: ce.Result, tmp_path: Path, root: Path) -> None:
    from click.testing import CliRunner

    from circularity.cli import main

    result.save(tmp_path / f"saved{ending}", result.filter(period=2020))
    arguments = ["assess", str(root / "data" / "pv-module-factory"), "-o", str(tmp_path / f"told{ending}")]
    found = CliRunner().invoke(main, [*arguments, "--draws", "100", "--period", "2020"])
    assert found.exit_code == 0, found.output
    assert (tmp_path / f"saved{ending}").read_bytes() == (tmp_path / f"told{ending}").read_bytes()


def test_a_figure_of_any_indicator_shows_its_values_with_intervals(result: ce.Result) -> None:
    drawing = result.plot.indicator("circular_input_share")
    assert "2020: 0.299 %" in drawing.alt
    assert "2010" in drawing.alt
    assert "interval" in drawing.caption
    assert "<svg" in drawing.svg()
    assert "MCI" in result.plot.indicator("mci", entity="pv_module").alt


Call = Callable[[ce.Result], Any]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda r: ce.load_method(3), "WrongType"),
        (lambda r: ce.load_method("0.0.1"), "UnknownMethod"),
        (lambda r: ce.load_fieldlab(3), "WrongType"),
        (lambda r: ce.load_fieldlab(r.fieldlab.path, "0.4.0"), "WrongType"),
        (lambda r: ce.load_fieldlab("nowhere"), "FieldlabNotFound"),
        (lambda r: ce.assess(3), "WrongType"),
        (lambda r: ce.assess(r.fieldlab, "0.4.0"), "WrongType"),
        (lambda r: ce.assess(r.fieldlab, draws="many"), "WrongArgument"),
        (lambda r: ce.assess(r.fieldlab, draws=True), "WrongArgument"),
        (lambda r: ce.assess(r.fieldlab, seed=-1), "WrongArgument"),
        (lambda r: ce.assess(r.fieldlab, lang="fr"), "WrongArgument"),
        (lambda r: ce.fieldlab(3), "WrongType"),
        (lambda r: ce.fieldlab("circular_factory", flows=[1, 2]), "WrongType"),
        (lambda r: ce.fieldlab("circular_factory", periods=2024), "WrongType"),
        (lambda r: ce.fieldlab("circular_factory", sources=5), "WrongType"),
        (lambda r: ce.fieldlab("circular_factory", sources=["CBS"]), "WrongType"),
        (lambda r: ce.fieldlab("circular_factory", sources={"title": "x"}), "WrongType"),
        (lambda r: ce.geometric_sd("good"), "WrongArgument"),
        (lambda r: ce.geometric_sd(3), "WrongType"),
        (lambda r: ce.geometric_sd([1, 2, 3, 4, "x"]), "WrongArgument"),
        (lambda r: ce.compute(3), "WrongType"),
        (lambda r: ce.compute("mcii"), "UnknownIndicator"),
        (lambda r: ce.compute("mci", 3), "WrongType"),
        (lambda r: ce.compute("mci", MM=3), "UnknownInput"),
        (lambda r: ce.compute("mci", M="heavy"), "ImpossibleInput"),
        (lambda r: ce.compute("mci", M=None), "ImpossibleInput"),
        (lambda r: ce.compute("mci", method="0.4.0"), "WrongType"),
        (lambda r: r.filter(levell="fieldlab"), "UnknownResultColumn"),
        (lambda r: r.filter(level="factory"), "WrongArgument"),
        (lambda r: r.filter(period="2020"), "WrongArgument"),
        (lambda r: r.filter(indicator="circular_input_shar"), "UnknownIndicator"),
        (lambda r: r.filter(indicator=3), "WrongType"),
        (lambda r: r.filter(entity="nobody"), "WrongArgument"),
        (lambda r: r.save(3), "WrongType"),
        (lambda r: r.save("figures.pdf"), "UnknownFileType"),
        (lambda r: r.save(r.fieldlab.path / "results.csv"), "CannotWrite"),
        (lambda r: r.changes("2010", 2020), "WrongType"),
        (lambda r: r.changes(1999, 2020), "UnknownPeriod"),
        (lambda r: r.changes(2010, 2020, "mci"), "WrongType"),
        (lambda r: r.changes(2010, 2020, ["mcii"]), "UnknownIndicator"),
        (lambda r: r.targets(1999), "UnknownPeriod"),
        (lambda r: r.claims("2020"), "WrongType"),
        (lambda r: r.claims(texts=[5]), "WrongType"),
        (lambda r: r.claims(texts="it improved"), "WrongType"),
        (lambda r: r.framework("iso"), "UnknownFramework"),
        (lambda r: r.framework(3), "WrongType"),
        (lambda r: r.coverage(1999), "UnknownPeriod"),
        (lambda r: r.compare("mci", "mcii"), "UnknownIndicator"),
        (lambda r: r.explain("mci", 1999), "UnknownPeriod"),
        (lambda r: r.explain("mci", level="planet"), "WrongArgument"),
        (lambda r: r.explain("mci", entity="nobody"), "UnknownEntity"),
        (lambda r: r.plot.sankey(1999), "UnknownPeriod"),
        (lambda r: r.plot.scores("2020"), "WrongType"),
        (lambda r: r.explain("mci", period="2020"), "WrongType"),
        (lambda r: r.plot.indicator("mcii"), "UnknownIndicator"),
        (lambda r: r.plot.indicator("mci", "fieldlab"), "NotAtLevel"),
        (lambda r: r.plot.indicator("mci", entity="nobody"), "UnknownEntity"),
        (lambda r: r.plot.sankey().save("flows.png"), "UnknownFileType"),
        (lambda r: r.plot.sankey().save(5), "WrongType"),
    ],
)
def test_what_is_wrong_in_a_call_is_named(call: Call, code: str, result: ce.Result) -> None:
    with raises(code) as found:
        call(result)
    assert all(found.value.text(lang) for lang in ("nl", "en"))


def test_numbers_of_numpy_are_numbers(result: ce.Result) -> None:
    assert len(result.changes(np.int64(2010), np.int64(2020)))
    assert len(result.filter(period=np.int64(2020)))
    assert ce.compute("mci", M=np.float64(100), F_R=0.25, C_R=0.4, E_F=0.8, E_C=0.75).value == pytest.approx(
        0.35, abs=1e-3
    )
    assert len(result.filter(indicator=pd.Series(["circular_input_share"])))


def functions_of_packages() -> list[tuple[str, str]]:
    modules = {package: importlib.import_module(f"circularity.{package}") for package in ce.PACKAGES}
    found = [(p, n) for p, m in modules.items() for n in public_names(m) if inspect.isfunction(getattr(m, n))]
    return [*found, ("report", "Report"), ("report", "ScoringReport")]


@pytest.mark.parametrize(("package", "name"), functions_of_packages())
def test_an_argument_of_a_wrong_type_is_named_in_every_package(package: str, name: str) -> None:
    function = getattr(importlib.import_module(f"circularity.{package}"), name)
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    with pytest.raises(ce.CircularityError):
        function(*[3 for p in needed if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)])
