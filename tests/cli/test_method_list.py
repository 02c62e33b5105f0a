"""`circularity method list`: looking at a code list."""

import json

import pytest
from click.testing import CliRunner, Result

from circularity.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["method", "list", *arguments])


def test_without_a_name_every_list_stands_with_its_count() -> None:
    lines = run().stdout.splitlines()
    assert any(line.split()[:2] == ["eural", "974"] for line in lines)
    assert {"list": "processing", "codes": 41, "name": "Verwerkingsmethoden van het LMA"} in json.loads(
        run("--json", "--lang", "nl").stdout
    )


def test_a_search_shows_codes_validity_properties_and_names_under_what_is_said_of_the_list() -> None:
    found = run("eural", "17 02 04*", "--lang", "nl")
    assert found.exit_code == 0
    assert "De codes voor batterijafval van Besluit (EU) 2025/934 staan er nog niet in" in found.stdout
    last = found.stdout.splitlines()[-1].split()
    assert last[:5] == ["170204", "sinds", "2002-01-01", "yes", "glas,"]


def test_a_list_answers_in_json_with_all_its_columns() -> None:
    (row,) = json.loads(run("sbi", "3101", "--json").stdout)
    assert row == {
        "code": "31.01", "parent": "31.0", "nl": "", "en": "Manufacture of office and shop furniture",
        "valid_from": "2008-01-01", "valid_to": "", "source": "nace_rev2",
    }  # fmt: skip


def test_a_search_that_finds_nothing_says_so() -> None:
    found = run("eural", "zilverpapier")
    assert found.exit_code == 0
    assert "Nothing found for 'zilverpapier'." in found.stdout
    assert json.loads(run("eural", "zilverpapier", "--json").stdout) == []


@pytest.mark.parametrize("as_json", [True, False])
def test_a_list_that_is_not_there_is_a_wrong_call(as_json: bool) -> None:
    found = run("eurall", *(["--json"] if as_json else []))
    assert found.exit_code == 2
    assert "eural" in found.output
