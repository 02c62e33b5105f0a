"""The verb that balances observed flows: answers, files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.conftest import replace_in
from tests.test_cli import clean, run

SPLIT = "from,to,value,sd\nfeed,P,100,2\nP,a,60,3\nP,b,30,3\nb,c,,\n"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    path = tmp_path / "flows.csv"
    path.write_text(SPLIT, encoding="utf-8")
    return path


def test_it_says_what_was_balanced_what_is_likely_wrong_and_how_sure_each_flow_is(flows: Path) -> None:
    found = run("reconcile", flows, "--lang", "nl")
    assert found.exit_code == 0
    for words in ("J = 4,55, boven 3,84", "een van: feed → P, P → a, P → b", "60,30 – 67,88", "berekend", "5–95 %"):
        assert words in found.stdout


def test_it_answers_in_json_with_full_precision(flows: Path) -> None:
    found = json.loads(run("reconcile", flows, "--json").stdout)
    assert found["statistic"] == pytest.approx(4.545454545454545, rel=1e-14)
    assert (found["verdict"], found["freedom"], found["interval"]) == ("gross_error", 1, [0.05, 0.95])
    assert found["flows"][3]["observed"] is None
    assert found["flows"][3]["value"] == pytest.approx(34.09090909090909, rel=1e-14)
    assert found["likely_error"]["alike"] == ["feed → P", "P → a", "P → b"]
    assert found["balances"][0]["observed_gap"] == 10


def test_shares_and_sums_are_told_apart_by_their_columns(flows: Path, tmp_path: Path) -> None:
    shares, sums = tmp_path / "shares.csv", tmp_path / "sums.csv"
    shares.write_text("from,to,share,sd\nP,a,0.65,0.01\n", encoding="utf-8")
    sums.write_text("relation,flow,coefficient,equals,sd\nboth,P → a,1,95,1\nboth,P → b,1,,\n", encoding="utf-8")
    found = json.loads(run("reconcile", flows, "--relations", shares, "--relations", sums, "--json").stdout)
    assert found["freedom"] == 3
    assert [len(found[name]) for name in ("shares", "relations")] == [1, 1]
    assert run("reconcile", flows, "--relations", sums, "--relations", sums).exit_code == 2


def test_processes_and_places_outside_are_given_by_name(flows: Path, tmp_path: Path) -> None:
    found = json.loads(run("reconcile", flows, "--outside", "P", "--json").stdout)
    assert [b["process"] for b in found["balances"]] == ["b"]
    processes = tmp_path / "processes.csv"
    processes.write_text("process,balanced\nP,nee\n", encoding="utf-8")
    again = json.loads(run("reconcile", flows, "--processes", processes, "--json").stdout)
    assert again["balances"] == found["balances"]
    assert run("reconcile", flows, "--outside", "nowhere").exit_code == 1


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "json"])
def test_the_result_is_written_in_every_form(ending: str, flows: Path, tmp_path: Path) -> None:
    target = tmp_path / f"out.{ending}"
    assert run("reconcile", flows, "-o", target).exit_code == 0
    if ending == "csv":
        assert pd.read_csv(target)["value"].tolist()[0] == pytest.approx(98.18181818)
    if ending == "xlsx":
        assert openpyxl.load_workbook(target).sheetnames == ["circularity", "balances", "suspects"]
    before = target.read_bytes()
    run("reconcile", flows, "-o", target)
    assert target.read_bytes() == before


def test_its_own_input_is_never_written_over(flows: Path) -> None:
    found = run("reconcile", flows, "-o", flows)
    assert (found.exit_code, flows.read_text(encoding="utf-8")) == (2, SPLIT)


def test_draws_are_the_same_for_the_same_seed(flows: Path) -> None:
    first, again, other = (run("reconcile", flows, "--nonnegative", "--json", "--seed", s).stdout for s in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from;to;value\na,P,1\n", "row 2: The cells of this row are separated by commas"),
        ("from;to;value;sd\na;P;1.234;1\n", "row 2, column value: The text '1.234' can mean 1.234 or 1234"),
        ("from,to,value,sd\na,P,ten,1\n", "flows.csv, row 2, column value: 'ten' is not a number"),
        ("from,to,value,sd\na,P,1,\n", "flows.csv, row 2, column sd: The value 1 has no standard deviation"),
        ("from,to,value,sd\na,P,1\n", "row 2"),
        ("from,to,value,sd\na,P,,\n", "No flow has a value"),
        ("from,to,value,sd\na,P,1,0\nP,b,2,0\n", "a → P = 1, P → b = 2"),
        ("from,to\n", "no rows"),
        ("", "empty"),
    ],
)
def test_a_fault_in_the_table_is_named_with_its_place(text: str, words: str, flows: Path) -> None:
    flows.write_text(text, encoding="utf-8")
    found = run("reconcile", flows)
    assert found.exit_code == 1
    assert clean(found)
    assert words in found.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = run("reconcile", tmp_path / "none.csv")
    assert (found.exit_code, "none.csv" in found.stderr, clean(found)) == (1, True, True)


def test_the_thresholds_are_those_of_the_method(flows: Path, method_copy: Path) -> None:
    replace_in(method_copy / "method.yaml", "significance: 0.05", "significance: 0.01")
    found = json.loads(run("reconcile", flows, "--method", method_copy, "--json").stdout)
    assert found["critical"] == pytest.approx(6.634897, abs=1e-6)  # chi2(0.99, 1)
    assert found["verdict"] == "consistent"
    replace_in(method_copy / "method.yaml", "significance: 0.01", "significance: 1.5")
    assert run("reconcile", flows, "--method", method_copy).exit_code == 1


def test_a_method_without_rules_for_it_says_so(flows: Path, method_copy: Path) -> None:
    path = method_copy / "method.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("reconciliation:")
    path.write_text(text[:start] + text[text.index("\n\n", start) + 2 :], encoding="utf-8")
    found = run("reconcile", flows, "--method", method_copy)
    assert (found.exit_code, "reconciliation" in found.stderr) == (1, True)
