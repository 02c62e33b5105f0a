"""Declared corrections: made before the data are read, told everywhere, and refused once the source is mended."""

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import circularity as ce
from circularity.cli import main
from circularity.errors import CircularityError
from circularity.ledger.convert import convert
from circularity.ledger.corrections import _equal, _times
from circularity.ledger.raw import RawTable
from circularity.method.load import Method
from tests.faults import raises

Faults = Callable[[Path], list[CircularityError]]
Write = Callable[..., Path]

REASON = {"nl": "Kilogram in de kolom voor ton.", "en": "Kilograms in the column for tonnes."}
SET = {
    "table": "flows",
    "match": {"period": 2020, "mass": "1200"},
    "action": {"set": {"mass": "1.2"}},
    "reason": REASON,
    "source": "e-mail of the firm, 3 March",
    "expect": {"rows": 1},
}


@pytest.fixture
def lab_with(write_lab: Write, make_flow: Callable[..., dict[str, Any]]) -> Callable[..., Path]:
    """A function that writes a fieldlab with flows of 1200, 5 and 7 kg and some corrections."""

    def write(*corrections: Any, name: str = "corrected") -> Path:
        folder = write_lab([make_flow(mass=1200), make_flow(mass=5), make_flow("residue", 7)], name=name)
        text = yaml.safe_dump(json.loads(json.dumps(corrections)), allow_unicode=True, sort_keys=False)
        (folder / "corrections.yaml").write_text(text, encoding="utf-8")
        return folder

    return write


def masses(folder: Path) -> list[float]:
    lab = ce.load_fieldlab(folder)
    return [float(Decimal(int(m)) * Decimal(str(lab.mass_unit))) for m in lab.tables["flows"]["mass"]]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, [1.2, 5, 7]),
        ({"action": {"multiply": {"mass": 0.001}}}, [1.2, 5, 7]),
        ({"action": {"drop": True}}, [5, 7]),
        ({"match": {"role": "input"}, "action": {"multiply": {"mass": 2}},
          "expect": {"rows": 2, "values": {"mass": ["1200", "5"]}}}, [2400, 10, 7]),
        ({"match": {"role": "residue"}, "action": {"set": {"eural": "170202"}},
          "expect": {"rows": 1, "values": {"eural": ""}}}, [1200, 5, 7]),
        ({"match": {"mass": "1200.0"}}, [1.2, 5, 7]),
    ],
)  # fmt: skip
def test_a_correction_changes_the_cells_before_they_are_read(
    change: dict[str, Any], found: list[float], lab_with: Callable[..., Path]
) -> None:
    assert masses(lab_with(SET | change)) == found


def test_every_correction_is_kept_with_its_rows_reason_and_values(lab_with: Callable[..., Path]) -> None:
    drop = SET | {"match": {"mass": "5"}, "action": {"drop": True}, "source": None}
    lab = ce.load_fieldlab(lab_with(SET, drop))
    first, second = lab.corrections
    assert (first.number, first.rows, first.before, first.after) == (1, (2,), {"mass": ["1200"]}, {"mass": ["1.2"]})
    assert first.text("nl") == (
        "flows.csv, rij 2: gewijzigd (mass: 1200 → 1.2). Kilogram in de kolom voor ton. "
        "(bron: e-mail of the firm, 3 March)"
    )
    assert second.text("en") == "flows.csv, row 3: left out. Kilograms in the column for tonnes."
    assert second.as_dict("en")["rows"] == [3]
    assert list(lab.tables["flows"]["row"]) == [2, 4]


def test_corrections_see_what_those_before_them_made(lab_with: Callable[..., Path]) -> None:
    again = SET | {"match": {"mass": "1.2"}, "action": {"multiply": {"mass": 10}}}
    assert masses(lab_with(SET, again)) == [12, 5, 7]


@pytest.mark.parametrize(
    ("change", "found", "expected"),
    [
        ({"match": {"mass": "1201"}}, "0 rijen", "1 rij"),
        ({"match": {"role": "input"}, "expect": {"rows": 1, "values": {"mass": "1200"}}}, "2 rijen", "1 rij"),
        ({"match": {"role": "residue"}, "expect": {"rows": 1, "values": {"mass": "8"}}}, "mass = 7", "mass = 8"),
        ({"match": {"role": "input"}, "expect": {"rows": 2, "values": {"mass": ["1200", "6"]}}}, "mass = 1200, 5",
         "mass = 1200, 6"),
    ],
)  # fmt: skip
def test_a_correction_whose_source_was_mended_is_refused(
    change: dict[str, Any], found: str, expected: str, lab_with: Callable[..., Path], faults_in: Faults
) -> None:
    (fault,) = faults_in(lab_with(SET | change))
    assert fault.code == "CorrectionOutdated"
    assert str(fault.where) == "corrections.yaml, no. 1: expect"
    assert f"gevonden {found}, verwacht {expected}." in fault.text("nl")
    assert "flows.csv" in fault.text("en")


@pytest.mark.parametrize(
    ("change", "error", "place", "said"),
    [
        ({"table": "flow"}, "UndefinedName", "no. 1: table", "flows"),
        ({"match": {"mas": "1200"}}, "WrongValue", "no. 1", "old value of every column"),
        ({"match": {"mas": "1", "mass": "1200"}}, "UndefinedName", "no. 1: match.mas", "mass"),
        ({"action": {"set": {"masss": "1"}}, "expect": {"rows": 1, "values": {"masss": ""}}}, "UndefinedName",
         "no. 1: action.masss", "mass"),
        ({"match": {}}, "WrongValue", "no. 1: match", "not empty"),
        ({"match": {"mass": 1.10}}, "WrongValue", "no. 1: match.mass", "quotation marks"),
        ({"match": {"mass": True}}, "WrongValue", "no. 1: match.mass", "quotation marks"),
        ({"action": {}}, "WrongValue", "no. 1: action", "exactly one of"),
        ({"action": {"drop": True, "set": {"mass": "1"}}}, "WrongValue", "no. 1: action", "exactly one of"),
        ({"action": {"drop": False}}, "WrongValue", "no. 1: action.drop", "True"),
        ({"action": {"multiply": {"mass": "2"}}}, "WrongValue", "no. 1: action.multiply.mass", "number"),
        ({"action": {"replace": {}}}, "UnknownKey", "no. 1: action.replace", "replace"),
        ({"expect": {"rows": 0}}, "WrongValue", "no. 1: expect.rows", "at least 1"),
        ({"expect": {}}, "MissingKey", "no. 1: expect.rows", "rows"),
        ({"reason": {"nl": "Zo."}}, "MissingTranslation", "no. 1: reason.en", "en"),
        ({"action": {"multiply": {"material": 2}}, "expect": {"rows": 1, "values": {"material": "glass"}}},
         "NotANumber", "row 2", "glass"),
    ],
)  # fmt: skip
def test_a_record_of_the_wrong_form_is_named_with_its_place(
    change: dict[str, Any], error: str, place: str, said: str, lab_with: Callable[..., Path], faults_in: Faults
) -> None:
    (fault,) = faults_in(lab_with(SET | change))
    assert (fault.code, place in str(fault.where)) == (error, True), fault.text("en")
    assert said in fault.text("en"), fault.text("en")


@pytest.mark.parametrize("text", ["table: flows\n", "a: [", "- !!python/object/apply:os.system [ls]\n"])
def test_a_file_that_is_no_list_is_named(text: str, lab_with: Callable[..., Path], faults_in: Faults) -> None:
    folder = lab_with()
    (folder / "corrections.yaml").write_text(text, encoding="utf-8")
    assert {f.where.file for f in faults_in(folder)} == {"corrections.yaml"}


def test_a_correction_of_a_cell_that_stays_wrong_is_told_at_the_cell(
    lab_with: Callable[..., Path], faults_in: Faults
) -> None:
    (fault,) = faults_in(lab_with(SET | {"action": {"set": {"mass": "veel"}}}))
    assert (fault.code, fault.where.file, fault.where.row) == ("NotANumber", "flows.csv", 2)


def test_a_changed_correction_is_a_change_of_the_data(lab_with: Callable[..., Path]) -> None:
    one = ce.load_fieldlab(lab_with(SET)).digest
    other = ce.load_fieldlab(lab_with(SET | {"action": {"set": {"mass": "1.3"}}})).digest
    assert len({one, other, ce.load_fieldlab(lab_with()).digest}) == 3


def test_the_same_corrections_hold_for_parquet(lab_with: Callable[..., Path], tmp_path: Path, method: Method) -> None:
    """Numbers are numbers there, so that 1200 reads 1200.0; the tables are written as they were found."""
    folder, output = lab_with(SET), tmp_path / "parquet"
    convert(folder, output, "parquet", method, "en")
    assert pd.read_parquet(output / "flows.parquet")["mass"].iloc[0] == 1200
    assert masses(output) == masses(folder)
    assert ce.load_fieldlab(output).corrections[0].rows


def test_a_workbook_by_itself_cannot_take_corrections_along(
    lab_with: Callable[..., Path], tmp_path: Path, method: Method
) -> None:
    with raises("CannotWrite", match="corrections beside the data"):
        convert(lab_with(SET), tmp_path / "out.xlsx", "xlsx", method, "en")


def test_check_tells_what_was_corrected(lab_with: Callable[..., Path]) -> None:
    folder = str(lab_with(SET))
    shown = CliRunner().invoke(main, ["check", folder, "--lang", "nl"]).stdout
    assert "Gecorrigeerd bij het lezen (corrections.yaml):\n  flows.csv, rij 2: gewijzigd (mass: 1200 → 1.2)" in shown
    (told,) = json.loads(CliRunner().invoke(main, ["check", folder, "--json"]).stdout)["corrections"]
    assert told["before"] == {"mass": ["1200"]}
    assert (told["action"], told["reason"], told["rows"]) == ("set", REASON["en"], [2])


def test_the_report_tells_what_was_corrected(lab_with: Callable[..., Path]) -> None:
    from circularity.report.page import Report

    reason = {"nl": "Meting <b>fout</b>.", "en": "Reading <b>wrong</b>."}
    page = Report(ce.assess(lab_with(SET | {"reason": reason}), draws=100, lang="nl"))
    html = page.quality()._repr_html_()
    assert "gewijzigd (mass: 1200 → 1.2). Meting &lt;b&gt;fout&lt;/b&gt;." in html


@given(
    units=st.integers(-(10**18), 10**18), decimals=st.integers(0, 9), factor=st.sampled_from([1000.0, 0.001, 0.1, 3.7])
)
def test_multiplying_rounds_nothing(units: int, decimals: int, factor: float) -> None:
    value = Decimal(units).scaleb(-decimals)
    table = RawTable("flows", "flows.csv", None, pd.DataFrame(), pd.array([2]).to_numpy())
    found = _times(f"{value:f}", factor, table, 0, "mass")
    assert Fraction(found) == Fraction(value) * Fraction(repr(factor))
    assert "E" not in found


@pytest.mark.parametrize(
    ("cell", "text", "same"),
    [("1200", "1200.0", True), ("1.2e3", "1200", True), ("0120", "120", True), ("120", "1200", False),
     ("glass", "glass", True), ("glass", "Glass", False), ("", "0", False), ("nan", "NaN", False)],
)  # fmt: skip
def test_cells_are_the_same_as_text_or_as_a_number(cell: str, text: str, same: bool) -> None:
    assert _equal(cell, text) is same
