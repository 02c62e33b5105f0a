"""The verbs of an import on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from circularity.cli import main

Report = Callable[..., dict[str, str]]


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def export(write_reports: Any, make_report: Report) -> Path:
    path: Path = write_reports([make_report(), make_report(year="????"), make_report(RouteInzameling="J", kg="7")])
    return path


def test_an_import_prints_its_report_in_the_chosen_language(export: Path, tmp_path: Path) -> None:
    done = run("import", "lma", export, "-o", tmp_path / "lab", "--lang", "nl")
    assert done.exit_code == 0, done.output
    assert "Rijen gelezen: 3; bewaard: 2; afgekeurd: 1." in done.output
    assert "1 × Geen jaar" in done.output
    assert "Ontstaan afval" in done.output


def test_the_report_as_json_is_what_the_folder_holds(export: Path, tmp_path: Path, import_json: Any) -> None:
    done = run("import", "lma", export, "-o", tmp_path / "lab", "--json", "--id", "trial", "--name", "Proef")
    told = json.loads(done.stdout)
    assert told == import_json(tmp_path / "lab")
    assert told["rows_in"] == told["rows_kept"] + told["rows_rejected"] == 3
    assert told["result"]["fieldlab"] == "trial"


def test_a_number_with_two_readings_can_be_settled_on_the_command_line(
    write_reports: Any, make_report: Report, tmp_path: Path
) -> None:
    export = write_reports([make_report(kg="1.234"), make_report(kg="2")])
    for options, kept in (([], ["2"]), (["--decimal", ","], ["1234", "2"])):
        done = run("import", "lma", export, "-o", tmp_path / "lab", "--json", *options)
        assert json.loads(done.stdout)["mass"]["kept_kg"] == sum(map(int, kept))
    done = run("import", "lma", export, "-o", tmp_path / "lab2", "--heading-row", "2")
    assert done.exit_code == 1


def test_check_and_assess_take_what_an_import_wrote_and_say_what_was_handed_on(
    write_reports: Any, make_report: Report, tmp_path: Path
) -> None:
    chain = [make_report(), make_report("Sorteerder BV", "Oven BV", Ontdoener_Postcode="7201AA", code="F07")]
    assert run("import", "lma", write_reports(chain), "-o", tmp_path / "lab").exit_code == 0
    checked = run("check", tmp_path / "lab")
    assert checked.exit_code == 0, checked.output
    assert "2020 waste generated: 1.00 t; besides, handed on and not counted here: 1.00 t" in checked.output
    (row,) = json.loads(run("check", tmp_path / "lab", "--json").stdout)["handed_on"]
    assert (row["generated"], row["handed_on"]) == (1000, 1000)
    assert run("assess", tmp_path / "lab", "--draws", 100).exit_code == 0


def test_a_wrong_call_ends_with_two_and_wrong_data_with_one(export: Path, tmp_path: Path) -> None:
    assert run("import", "lma", export, "-o", tmp_path / "lab", "--variant", "no").exit_code == 2
    assert run("import", "lma", export).exit_code == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").write_text("x", encoding="utf-8")
    assert run("import", "lma", export, "-o", tmp_path / "other").exit_code == 2
    for path in (tmp_path, tmp_path / "absent.csv"):
        done = run("import", "lma", path, "-o", tmp_path / "lab")
        assert (done.exit_code, done.exception.__class__) == (1, SystemExit)


def test_a_table_is_imported_by_its_map_and_faults_of_the_map_are_named(tmp_path: Path, root: Path) -> None:
    table = tmp_path / "household.csv"
    table.write_text("region,year,material,management,tonnes\nFife,2019,Glass wastes,Recycled,5\n", encoding="utf-8")
    map_ = root / "docs" / "maps" / "scotland_household_waste.yaml"
    done = run("import", "table", table, "--map", map_, "-o", tmp_path / "lab")
    assert done.exit_code == 0, done.output
    assert run("check", tmp_path / "lab").exit_code == 0
    (tmp_path / "map.yaml").write_text("table: flows\n", encoding="utf-8")
    done = run("import", "table", table, "--map", tmp_path / "map.yaml", "-o", tmp_path / "lab2", "--json")
    assert done.exit_code == 1
    assert {fault["key"] for fault in json.loads(done.stdout)["faults"]} == {"fieldlab", "columns"}
