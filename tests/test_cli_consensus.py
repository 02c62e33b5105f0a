"""The verb that pools answers, and the template it reads: answers, files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.test_cli import clean, run
from tests.weighting.conftest import STRUCTURE, asked, budgets, pairs

PEOPLE = {"entrepreneurs": [(50, 30, 20)], "government": [(20, 30, 50)], "knowledge": [(30, 40, 30)]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "answers"
    path.mkdir()
    rows = budgets(PEOPLE) + budgets({h: [(60, 40)] for h in PEOPLE}, ["b1", "b2"], "b")
    pd.DataFrame(rows).to_csv(path / "all.csv", index=False)
    STRUCTURE.to_csv(tmp_path / "structure.csv", index=False)
    return path


def verb(folder: Path, *more: object) -> list[object]:
    return ["consensus", folder, "--structure", folder.parent / "structure.csv", *more]


def test_it_says_the_weights_how_much_people_agree_and_what_to_mind(folder: Path) -> None:
    found = run(*verb(folder, "--lang", "nl"))
    assert found.exit_code == 0, found.stderr
    for words in ("3 deelnemers (Ondernemers 1, Overheid 1", "S = 0,93", "W = 0,091", "verschillend", "Gewichten:"):
        assert words in found.stdout
    assert "Part b1" in run(*verb(folder)).stdout


def test_it_answers_in_json_with_full_precision(folder: Path) -> None:
    found = json.loads(run(*verb(folder, "--json")).stdout)
    assert found["weights"][0] == {"group": "pooled", "parent": "top", "code": "a", "weight": pytest.approx(1 / 3)}
    assert found["agreement"][0]["s"] == pytest.approx(0.9279713784, abs=5e-11)
    assert found["agreement"][0]["s_star"] is None
    assert found["respondents"] == 3
    assert (found["together"], found["findings"], found["consistency"]) == ("aip_arithmetic", [], [])


def test_an_inconsistent_person_is_a_finding_and_no_failure(folder: Path) -> None:
    rows = asked("r9", "knowledge", "top", "ahp", pairs("abc", (9, 1 / 9, 9)))
    pd.DataFrame(rows).to_csv(folder / "more.csv", index=False)
    found = run(*verb(folder, "--lang", "nl"))
    assert found.exit_code == 0, found.stderr
    assert "Vraag vooral die vergelijking opnieuw" in found.stdout
    assert json.loads(run(*verb(folder, "--json")).stdout)["findings"][0]["error"] == "InconsistentJudgements"


def test_a_helix_without_answers_is_an_error_that_says_how_to_leave_it_out(folder: Path) -> None:
    rows = budgets({k: v for k, v in PEOPLE.items() if k != "knowledge"})
    rows += budgets({h: [(60, 40)] for h in list(PEOPLE)[:2]}, ["b1", "b2"], "b")
    pd.DataFrame(rows).to_csv(folder / "all.csv", index=False)
    found = run(*verb(folder))
    assert found.exit_code == 1
    assert "--without knowledge" in found.stderr
    again = run(*verb(folder, "--without", "knowledge"))
    assert again.exit_code == 0, again.stderr
    assert "Left out on purpose: Knowledge institutions" in again.stdout
    assert run(*verb(folder, "--without", "science")).exit_code == 2


def test_a_workbook_of_the_answer_has_people_agreement_and_consistency(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "weights.xlsx"
    assert run(*verb(folder, "-o", output)).exit_code == 0
    assert openpyxl.load_workbook(output).sheetnames == ["circularity", "people", "agreement", "overall", "consistency"]
    assert run(*verb(folder, "-o", tmp_path / "weights.csv")).exit_code == 0
    assert list(pd.read_csv(tmp_path / "weights.csv").columns) == ["group", "parent", "code", "weight"]


def test_a_wrong_call_is_told_and_writes_nothing(folder: Path, tmp_path: Path) -> None:
    for more in (
        ["-o", folder / "weights.csv"],
        ["-o", tmp_path / "weights.txt"],
        ["--together", "aij"],
        ["--together", "x"],
    ):
        found = run(*verb(folder, *more))
        assert found.exit_code == 2, more
        assert clean(found)
    assert [p.name for p in folder.iterdir()] == ["all.csv"]


def test_faults_and_a_folder_that_is_not_there_are_told(folder: Path) -> None:
    (folder / "wrong.csv").write_text("respondent,helix,name\nr1,government,Jan\n", encoding="utf-8")
    found = run(*verb(folder, "--lang", "nl"))
    assert found.exit_code == 1
    assert "wrong.csv" in found.stderr
    assert "persoon of organisatie" in found.stderr
    assert clean(found)
    assert run("consensus", folder / "nowhere").exit_code == 1


def test_a_template_of_the_score_of_the_method_is_made_filled_in_and_pooled(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    for number, helix in enumerate(("Ondernemers", "Overheid", "Kennisinstellingen"), start=1):
        path = folder / f"{number}.xlsx"
        assert run("template", "weights", path, "--elicitation", "budget", "--lang", "nl").stdout == f"{path}\n"
        book = openpyxl.load_workbook(path)
        book["Over u"]["B2"], book["Over u"]["B3"] = f"r{number}", helix
        book["Antwoorden"]["F3"], book["Antwoorden"]["F4"] = 50 + number, 50 - number
        book.save(path)
    found = json.loads(run("consensus", folder, "--json").stdout)
    assert [row["weight"] for row in found["weights"][:2]] == pytest.approx([0.48, 0.52])


def test_a_template_for_weights_needs_a_way_and_others_have_none(tmp_path: Path) -> None:
    for arguments in (["weights"], ["region", "--way", "ahp"], ["region", "--structure", tmp_path / "x.csv"]):
        found = run("template", arguments[0], tmp_path / "x.xlsx", *arguments[1:])
        assert found.exit_code == 2
        assert clean(found)
    assert run("template", "weights", tmp_path / "x.csv", "--way", "ahp").exit_code == 2
    assert (
        run("template", "weights", tmp_path / "x.xlsx", "--way", "ahp", "--structure", tmp_path / "no.csv").exit_code
        == 1
    )
    assert not list(tmp_path.iterdir())
