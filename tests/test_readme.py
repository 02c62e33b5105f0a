"""Every command in the README runs."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from circularity.cli import main
from circularity.ledger.convert import convert
from circularity.method.load import Method
from tests.importers.conftest import report

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = [
    line for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line
]
COMMANDS = [line for line in CONSOLE if not line.startswith("make ")]
# Commands on files that a user has; the test makes them.
ON_OWN_FILES = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line
]


def test_the_readme_has_the_two_commands() -> None:
    assert [line for line in CONSOLE if line.startswith("make ")] == ["make report", "make test"]
    assert len(COMMANDS) >= 6


def test_the_readme_names_every_total_that_the_report_of_a_region_begins_with(method: Method) -> None:
    named = set(re.findall(r"`(\w+)`", README))
    sums = [s for i in method.settings.headline["region"] for s in method.indicator(i).quantities.values()]
    ways = [way for quantity in sums if (way := quantity.over("measurements")) is not None]
    needed = {code for way in ways for codes in way.where.values() for code in codes}
    assert len(needed) == 11
    assert needed <= named


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository in a clean folder, with the environment that is there."""
    target = tmp_path_factory.mktemp("readme") / "clone"
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    (target / ".venv").symlink_to(Path(sys.prefix))
    return target


def in_process(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command of ours in a folder, without the second that starting a process takes."""
    program, *words = shlex.split(command, comments=True)
    assert program == ".venv/bin/circularity"
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_runs(command: str, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_process(command, clone, monkeypatch)


def test_the_installed_program_answers_from_the_folder_of_the_clone(clone: Path) -> None:
    words = shlex.split(COMMANDS[0])
    done = subprocess.run(words, cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.fixture
def with_files(clone: Path, tmp_path: Path, method: Method) -> Path:
    """A folder with the files that the README speaks of, all synthetic or the reference case."""
    shutil.copytree(clone / "docs", tmp_path / "docs")
    convert(clone / "data" / "pv-module-factory", tmp_path / "factory.xlsx", "xlsx", method, "nl")
    rows = [report(), report(owner="Sorteerder BV", eural="191202"), report(kg="0")]
    (tmp_path / "export.csv").write_text(pd.DataFrame(rows).to_csv(index=False, sep=";"), encoding="utf-8")
    receipts = "Year,Facility RPA,Origin WPA,Site Name,Basic Waste Cat,Waste Description,EWC Waste Code,Received\n"
    receipts += ",,,,,,,tonnes\n2021,A,B,Site C,Hhold/Ind/Com,Glass,170202,12.25\n"
    (tmp_path / "receipts.csv").write_text(receipts, encoding="utf-8")
    (tmp_path / "flows.csv").write_text("from,to,value,sd\nfeed,P,100,2\nP,a,60,3\nP,b,,\n", encoding="utf-8")
    (tmp_path / "shares.csv").write_text("from,to,of_from,of_to,share,sd\nP,a,P,,0.6,0.05\n", encoding="utf-8")
    shutil.copytree(clone / "tests" / "notebooks" / "answers", tmp_path / "answers")
    return tmp_path


@pytest.mark.parametrize("command", ON_OWN_FILES)
def test_the_command_on_own_files_runs(command: str, with_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if " template " in command:  # which writes over nothing: the other commands start from a workbook that is filled in
        (with_files / "factory.xlsx").unlink()
    in_process(command, with_files, monkeypatch)


def test_make_report_writes_the_same_reports_everywhere_and_does_not_install_again(clone: Path, reports: Path) -> None:
    dry = subprocess.run(["make", "-n", "report"], cwd=clone, capture_output=True, text=True, check=True).stdout
    assert "pip install" not in dry  # or the environment would be installed again, from here
    ours = {**os.environ, "PYTHONPATH": str(clone)}
    done = subprocess.run(["make", "report"], cwd=clone, env=ours, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (clone / "reports" / "index.html").is_file()
    assert (clone / "reports" / "scores" / "scores-nl.html").is_file()
    for path in sorted((reports / "pv-module-factory").iterdir()):  # by another process, from another folder
        assert (clone / "reports" / "pv-module-factory" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_test_command_of_the_make_file_runs_these_tests() -> None:
    dry = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for part in ("ruff check", "ruff format --check", "mypy", "pytest", "--nbval-lax"):
        assert part in dry


def test_the_first_session_runs_and_is_short(clone: Path) -> None:
    (session,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in session.splitlines() if line.strip()]) <= 10
    done = subprocess.run([sys.executable, "-c", session], cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "available_output_share" in done.stdout
    assert (clone / "sankey.svg").is_file()


def test_every_file_the_readme_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target
