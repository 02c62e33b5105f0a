"""The command line: answers, JSON, exit codes, and no traceback for a user's mistake."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from circularity.assessment.assessment import COLUMNS
from circularity.cli import main
from tests.conftest import replace_in

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def clean(result: Result) -> bool:
    """No traceback: either a normal end, or an exit the program chose."""
    return (result.exception is None or isinstance(result.exception, SystemExit)) and "Traceback" not in result.output


@pytest.fixture
def pv_path(root: Path) -> Path:
    return root / "data" / "pv-module-factory"


def test_compute_prints_the_value_in_full_and_its_defaults() -> None:
    found = run("compute", "mci", "M=100", "F_R=0.25", "C_R=0.4", "E_F=0.8", "E_C=0.75")
    assert found.exit_code == 0
    assert found.stdout.startswith("0.349842")
    assert "F_U = 0" in found.stdout
    assert "X = 1" in found.stdout


def test_compute_answers_in_json() -> None:
    found = json.loads(run("compute", "mci", "M=100", "F_R=0.25", "C_R=0.4", "E_F=0.8", "E_C=0.75", "--json").stdout)
    assert found["value"] == pytest.approx(0.3498422712933754, rel=1e-15)
    assert {"indicator", "value", "unit", "status", "reason"} <= set(found)
    assert (found["indicator"], found["unit"], found["status"]) == ("mci", "1", "ok")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mci", "F_R=1.2"], "F_R = 1.2"),
        (["mci", "F_R=1", "E_F=0"], "E_F = 0"),
        (["mci", "Q=1"], "'Q'"),
        (["mci", "M=much"], "M=much"),
        (["mci", "M=100", "F_R=0,25"], "decimal point"),
        (["mci", "M=1", "M=2"], "M was given already"),
        (["mci", "M=1_0"], "not a number"),
        (["mci", "M=inf"], "not a number"),
        (["MCI", "M=1"], "Did you mean mci?"),
        (["mci", "f_r=0.2"], "Did you mean F_R?"),
        (["mcx"], "mci"),
        (["secondary_input_share", "input=1"], "secondary"),
        (["secondary_input_share", "input=0", "secondary=0"], "denominator"),
    ],
)
def test_compute_refuses_the_impossible_by_name(arguments: list[str], words: str) -> None:
    found = run("compute", *arguments)
    assert found.exit_code == 1
    assert words in found.stderr
    assert found.stdout == ""
    assert clean(found)
    in_json = run("compute", *arguments, "--json")
    assert in_json.exit_code == 1
    assert json.loads(in_json.stdout)


def test_a_wrong_call_exits_2(pv_path: Path, tmp_path: Path) -> None:
    for arguments in (["compte"], ["compute"], ["compute", "mci", "F_R"], ["assess", pv_path, "--draws", "5"]):
        found = run(*arguments)
        assert found.exit_code == 2, arguments
        assert clean(found)
    found = run("assess", pv_path, "-o", tmp_path / "x.docx")
    assert found.exit_code == 2
    assert not list(tmp_path.iterdir())
    assert run("assess", pv_path, "--period", "1999").exit_code == 2


def test_check_lists_every_fault_in_the_language_of_the_user(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow(mass=-1), make_flow(role="inptu")])
    dutch = run("check", folder, "--lang", "nl")
    assert dutch.exit_code == 1
    assert "flows.csv, rij 2, kolom mass: De massa '-1' is negatief." in dutch.stderr
    assert clean(dutch)
    data = json.loads(run("check", folder, "--json").stdout)
    assert {(f["error"], f["row"], f["column"], f["found"]) for f in data["faults"]} == {
        ("NegativeMass", 2, "mass", "-1"),
        ("UnknownCode", 3, "role", "inptu"),
    }
    assert all(f["expected"] and f["to_do"] for f in data["faults"])


def test_check_of_clean_data_shows_the_mass_balance(pv_path: Path) -> None:
    found = run("check", pv_path, "--lang", "nl")
    assert found.exit_code == 0
    assert "2020 product pv_module: sluitend" in found.stdout
    assert json.loads(run("check", pv_path, "--json").stdout)["faults"] == []


def test_check_of_clean_data_tells_what_is_worth_a_look(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow(mass="unknown")])
    dutch = run("check", folder, "--lang", "nl")
    assert dutch.exit_code == 0
    balance, _, remarks = dutch.stdout.partition("Geen fouten, wel het bekijken waard:")
    assert "Massabalans" in balance
    assert "flows.csv, rij 2, kolom mass: De massa is onbekend in 1 rij, van de 1." in remarks
    (remark,) = json.loads(run("check", folder, "--json").stdout)["remarks"]
    assert (remark["remark"], remark["file"], remark["column"], remark["rows"]) == (
        "mass_unknown", "flows.csv", "mass", [2],
    )  # fmt: skip


def test_very_many_faults_are_cut_on_the_screen_and_whole_in_json(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow(mass=-i) for i in range(1, 301)])
    assert "200 more" in run("check", folder).stderr
    assert len(json.loads(run("check", folder, "--json").stdout)["faults"]) == 300


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "json"])
def test_assess_writes_the_same_table_in_every_format(ending: str, pv_path: Path, tmp_path: Path) -> None:
    target = tmp_path / f"out.{ending}"
    assert run("assess", pv_path, "-o", target, "--draws", 100).exit_code == 0
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        "csv": lambda p: pd.read_csv(p, keep_default_na=False, na_values={"value": [""], "low": [""], "high": [""]}),
        "parquet": pd.read_parquet,
        "xlsx": lambda p: pd.read_excel(
            p, engine="calamine", keep_default_na=False, na_values={"value": [""], "low": [""], "high": [""]}
        ),
        "json": lambda p: pd.DataFrame(json.loads(p.read_text(encoding="utf-8"))),
    }
    table = readers[ending](target)
    assert list(table.columns) == COLUMNS
    reference = pd.DataFrame(json.loads(run("assess", pv_path, "--json", "--draws", 100).stdout))
    pd.testing.assert_frame_equal(table, reference, check_dtype=False, check_exact=ending != "xlsx")


def test_a_file_is_written_whole_or_not_at_all(write_lab: Write, make_flow: Flow, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert run("assess", write_lab([make_flow(mass=-1)]), "-o", out / "x.csv").exit_code == 1
    assert not list(out.iterdir())


def test_two_runs_write_the_same_bytes(pv_path: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "a.parquet", "b.parquet"):
        assert run("assess", pv_path, "-o", tmp_path / name, "--draws", 200).exit_code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_texts_from_data_cannot_become_formulas_of_a_spreadsheet(tmp_path: Path) -> None:
    from circularity.tables.write import write_table

    table = pd.DataFrame({"text": ["=1+1", "+x", "-x", "@x", "\tx", "plain"], "number": [-1.0, 2, 3, 4, 5, 6]})
    write_table(table, tmp_path / "x.xlsx")
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "x.xlsx").active.iter_rows(min_row=2)]
    assert [c.data_type for c in cells] == ["s"] * 6
    assert all(not str(c.value).startswith(("=", "+", "-", "@", "\t")) for c in cells)
    write_table(table, tmp_path / "x.csv")
    assert pd.read_csv(tmp_path / "x.csv")["text"].tolist()[0] == "'=1+1"
    assert pd.read_csv(tmp_path / "x.csv")["number"].tolist()[0] == -1


@pytest.mark.usefixtures("pv_once")
def test_assess_shows_figures_intervals_and_reasons(pv_path: Path) -> None:
    found = run("assess", pv_path, "--level", "fieldlab", "--period", 2020, "--lang", "nl", "--draws", 100)
    assert found.exit_code == 0
    assert "interval (5–95 %)" in found.stdout
    assert "omzet van PV module manufacture, world is niet opgegeven" in found.stdout
    assert "33,6 %" in found.stdout


@pytest.mark.usefixtures("pv_once")
def test_explain_shows_formula_numbers_and_rows(pv_path: Path) -> None:
    found = run("explain", pv_path, "secondary_input_share", "--period", 2020, "--draws", 100)
    assert found.exit_code == 0
    assert "secondary / input" in found.stdout
    assert "19.3 kt / 6.45 Mt" in found.stdout
    assert "flows.csv" in found.stdout
    assert json.loads(run("explain", pv_path, "mci", "--json", "--draws", 100).stdout)["steps"][-1]["name"] == ""


def test_explain_asks_which_entity_when_there_are_several(write_lab: Write, make_flow: Flow) -> None:
    products = [{"product": p, "mass": 1, "unit": "kg"} for p in ("a", "b")]
    folder = write_lab([make_flow()], products)
    found = run("explain", folder, "input_mass", "--level", "product")
    assert found.exit_code == 2
    assert "a, b" in found.stderr
    assert run("explain", folder, "input_mass", "--level", "product", "--entity", "b", "--draws", 100).exit_code == 0


def test_method_show_and_check(root: Path) -> None:
    assert "Material Circularity Indicator" in run("method", "show", "mci").stdout
    assert "Voorwaarde" in run("method", "show", "mci", "--lang", "nl").stdout
    assert len(json.loads(run("method", "show", "--json").stdout)) == len(run("method", "show").stdout.splitlines())
    assert run("method", "check").exit_code == 0
    assert run("method", "check", root / "methodology").exit_code == 0
    assert run("method", "check", "--method", root / "methodology").stdout == run("method", "check").stdout
    assert run("method", "check", root / "methodology", "--method", root / "methodology").exit_code == 2
    assert run("method", "check", root / "tests").exit_code == 1
    assert run("method", "show", "mcx").exit_code == 1


def test_method_check_counts_what_was_checked(method: Any) -> None:
    data = json.loads(run("method", "check", "--json").stdout)
    examples = [e for i in method.indicators.values() for e in i.spec.examples]
    assert (data["indicators"], data["examples"]) == (len(method.indicators), len(examples))
    assert 0 < data["examples_refused"] == sum(e.expect == "refused" for e in examples)
    assert "cb23_meten_2022" in data["unverified_sources"]
    text = run("method", "check", "--lang", "nl").stdout
    assert f"{len(method.indicators)} indicatoren en {len(examples)} voorbeelden" in text
    assert f"{len(data['unverified_sources'])} van de" in text


def test_method_check_tells_all_faults_at_once(method_copy: Path) -> None:
    replace_in(method_copy / "scores.csv", "0,0.55,", "0,x,")
    replace_in(method_copy / "method.yaml", "large: 1.3", "large: a")
    failed = run("method", "check", "--method", method_copy, "--lang", "nl")
    assert failed.exit_code == 1
    assert "2 fouten in de methode" in failed.stderr
    assert {f["file"] for f in json.loads(run("method", "check", method_copy, "--json").stdout)["faults"]} == {
        "scores.csv",
        "method.yaml",
    }


def test_show_works_for_every_indicator(method: Any) -> None:
    for id_ in method.indicators:
        for lang in ("nl", "en"):
            assert method.indicator(id_).formula.text in run("method", "show", id_, "--lang", lang).stdout


@pytest.mark.parametrize("path", ["/nonexistent", ".", "pyproject.toml"])
def test_a_path_that_is_no_fieldlab_is_named(path: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    for verb in (["check"], ["assess"], ["explain"]):
        found = run(*verb, path, *(["mci"] if verb == ["explain"] else []))
        assert found.exit_code == 1
        assert clean(found)


def test_help_says_what_each_verb_is_for() -> None:
    top = run("--help")
    assert top.exit_code == 0
    for verb in ("report", "assess", "check", "explain", "compute", "method"):
        assert verb in top.stdout
        assert run(verb, "--help").exit_code == 0


def test_the_installed_command_runs_in_a_process_of_its_own(pv_path: Path) -> None:
    command = Path(sys.executable).with_name("circularity")
    found = subprocess.run([command, "compute", "mci", "F_R=2"], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    found = subprocess.run(
        [command, "check", pv_path],
        capture_output=True,
        text=True,
        check=False,
        env={"CIRCULARITY_LANG": "nl", "PATH": ""},
    )
    assert "geen fouten gevonden" in found.stdout


def test_numbers_per_part_are_separated_by_a_colon() -> None:
    found = json.loads(run("compute", "mci", "M=3:1", "F_R=1:0", "--json").stdout)
    assert found["given"]["M"] == [3, 1]


def test_the_help_shows_one_command_per_line() -> None:
    lines = run("--help").stdout.splitlines()
    assert any(line.strip().startswith("circularity check data/pv-module-factory") for line in lines)
    assert any(line.strip().startswith("circularity method show") for line in lines)


@pytest.mark.usefixtures("pv_once")
def test_data_are_not_overwritten_by_a_result(pv_path: Path) -> None:
    before = (pv_path / "flows.csv").read_bytes()
    found = run("assess", pv_path, "-o", pv_path / "flows.csv", "--draws", 100)
    assert found.exit_code == 2
    assert "data only" in found.stderr
    assert (pv_path / "flows.csv").read_bytes() == before


@pytest.mark.usefixtures("pv_once")
def test_a_place_that_cannot_be_written_is_named(pv_path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = run("assess", pv_path, "-o", tmp_path / "file" / "x.csv", "--draws", 100)
    assert found.exit_code == 2
    assert "x.csv" in found.stderr
    assert clean(found)


def test_a_workbook_has_scores_and_balance_and_the_same_bytes_every_time(pv_path: Path, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        assert run("assess", pv_path, "-o", tmp_path / name, "--draws", 100).exit_code == 0
        time.sleep(1.1)  # the clock of a workbook counts seconds
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["circularity", "scores", "balance"]


def test_a_letter_that_the_terminal_lacks_breaks_nothing(pv_path: Path) -> None:
    command = [sys.executable, "-m", "circularity.cli", "assess", str(pv_path), "--draws", "100"]
    done = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"?" in done.stdout


@pytest.mark.usefixtures("pv_once")
@pytest.mark.parametrize("level", ["organisation", "product", "fieldlab"])
@pytest.mark.parametrize("framework", ["cb23", "esrs_e5", "npce", "lansink"])
def test_a_framework_that_asks_nothing_at_a_level_says_so(pv_path: Path, framework: str, level: str) -> None:
    found = run("assess", pv_path, "--framework", framework, "--level", level, "--draws", "100")
    assert found.exit_code == 0, found.stderr
    rows = json.loads(
        run("assess", pv_path, "--framework", framework, "--level", level, "--draws", "100", "--json").stdout
    )
    assert ("asks for nothing at this level" in found.stdout) == (not rows)


def test_a_workbook_is_made_filled_in_checked_and_assessed(pv_path: Path, tmp_path: Path) -> None:
    empty, filled = tmp_path / "leeg.xlsx", tmp_path / "gevuld.xlsx"
    assert run("template", "circular_factory", empty, "--lang", "nl").stdout == f"{empty}\n"
    found = run("check", empty, "--lang", "nl")
    assert found.exit_code == 1
    assert "leeg.xlsx, blad Fieldlab, cel B2, kolom korte naam: De cel is leeg." in found.stderr
    assert clean(found)
    assert json.loads(run("convert", pv_path, filled, "--lang", "nl", "--json").stdout) == [str(filled)]
    assert run("check", filled).exit_code == 0
    rows = [json.loads(run("assess", p, "--draws", "100", "--json").stdout) for p in (pv_path, filled)]
    assert rows[0] == rows[1]


def test_a_form_is_never_written_over_what_is_there(pv_path: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.xlsx"
    assert run("convert", pv_path, mine).exit_code == 0
    before = mine.read_bytes()
    for command in (
        ["template", "circular_factory", mine],
        ["template", "weights", mine, "--elicitation", "budget"],
        ["convert", pv_path, mine],
        ["convert", pv_path, mine, "--to", "csv"],
        ["assess", mine, "-o", mine, "--draws", 100],
        ["assess", pv_path, "-o", mine, "--draws", 100],
    ):
        found = run(*command)
        assert found.exit_code == 2, command
        assert "cannot be written" in found.stderr
        assert clean(found)
        assert mine.read_bytes() == before


def test_a_result_is_written_over_an_earlier_one_but_not_among_the_data_of_a_fieldlab(
    pv_path: Path, tmp_path: Path, write_lab: Write, make_flow: Flow
) -> None:
    target = tmp_path / "result.xlsx"
    for _ in range(2):
        assert run("assess", pv_path, "-o", target, "--draws", 100).exit_code == 0
    other = write_lab([make_flow()])
    before = (other / "flows.csv").read_bytes()
    assert run("assess", pv_path, "-o", other / "flows.csv", "--draws", 100).exit_code == 2
    assert (other / "flows.csv").read_bytes() == before


def test_no_heading_of_a_balance_is_shown_where_there_is_none(monkeypatch: pytest.MonkeyPatch, pv_path: Path) -> None:
    from circularity.ledger import balance

    empty = {name: getattr(balance, name) for name in ("mass_balance", "handed_on")}
    for name, whole in empty.items():
        monkeypatch.setattr(balance, name, lambda lab, whole=whole: whole(lab).iloc[:0])
    assert "Mass balance" not in run("check", pv_path).stdout


def test_a_file_that_is_no_workbook_is_not_said_to_be_absent(tmp_path: Path) -> None:
    (tmp_path / "values.csv").write_text("a\n", encoding="utf-8")
    assert "values.csv' is neither a folder nor a workbook" in run("check", tmp_path / "values.csv").stderr


def test_a_template_of_an_unknown_kind_or_ending_is_a_wrong_call(tmp_path: Path) -> None:
    for arguments in (["fabriek", tmp_path / "x.xlsx"], ["circular_factory", tmp_path / "x.csv"]):
        found = run("template", *arguments)
        assert found.exit_code == 2
        assert clean(found)
    assert not list(tmp_path.iterdir())
