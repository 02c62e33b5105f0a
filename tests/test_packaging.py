"""Set-up: one lock, and a wheel that brings the method along."""

import ast
import csv
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


@pytest.fixture(scope="session")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="session")
def lock(root: Path) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in (root / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip("\\ "))
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def wanted(project: dict[str, Any]) -> list[Requirement]:
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [Requirement(text) for group in groups for text in group]
    return [r for r in found if r.name != "circularity"]


def test_every_dependency_is_in_the_lock_at_a_version_it_allows(
    project: dict[str, Any], lock: dict[str, list[Requirement]]
) -> None:
    for requirement in wanted(project):
        pins = lock[canonicalize_name(requirement.name)]
        for pin in pins:
            (specifier,) = pin.specifier
            assert specifier.operator == "=="
            assert requirement.specifier.contains(Version(specifier.version)), (requirement, pin)


# Libraries that are part of another and are not declared beside it.
PART_OF = {"pydantic_core": "pydantic", "traitlets": "ipykernel", "docutils": "sphinx"}


def test_every_library_that_the_program_imports_is_declared(project: dict[str, Any], root: Path) -> None:
    declared = {canonicalize_name(r.name) for r in wanted(project)}
    provided = packages_distributions()
    for path in sorted((root / "circularity").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in {n.split(".")[0] for n in names} - set(sys.stdlib_module_names) - {"circularity"}:
                known = {canonicalize_name(d) for d in [PART_OF.get(name, name), *provided[name]]}
                assert known & declared, f"{path.name} imports {name}"


def test_the_environment_file_installs_the_same_lock(project: dict[str, Any], root: Path) -> None:
    data = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = data["dependencies"]
    assert conda == [f"python{project['requires-python']}", "pip"]
    assert pip == {"pip": ["--require-hashes", "-r requirements.lock"]}


def test_the_lock_has_hashes_and_names_no_host(root: Path) -> None:
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    packages = re.findall(r"(?m)^[a-z0-9].*", text)
    assert len(packages) > 50
    for block in re.split(r"(?m)^(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block, block[:60]
    assert not re.search(r"://|--index|--find-links|\.(org|com|net)\b", text)


def test_nothing_committed_names_a_path_of_a_machine(root: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.split()
    machine = re.compile(rb"(?<![\w.])/(?:home|root|Users|work|mnt)/\w")
    for name in tracked:
        path = root / name
        if path.suffix not in {".png"} and path.is_file() and path.name != Path(__file__).name:
            assert not machine.search(path.read_bytes()), name


def test_pytest_stays_below_10_for_nbval(project: dict[str, Any]) -> None:
    (pytest_,) = [r for r in wanted(project) if r.name == "pytest"]
    assert not pytest_.specifier.contains(Version("10.0"))


def test_the_citation_carries_the_version_of_the_package(root: Path) -> None:
    import circularity

    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version", "license"} <= set(citation)
    assert citation["version"] == circularity.__version__
    assert f"## {circularity.__version__}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licences_are_named(root: Path) -> None:
    text = (root / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License")
    assert "CC-BY-4.0" in text


def test_continuous_integration_runs_the_test_command_of_the_readme(root: Path) -> None:
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert os.access(root / ".ci" / "run", os.X_OK)
    assert re.search(r"(?m)^make test$", script)
    assert "make test" in (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", target, root]
    subprocess.run([str(c) for c in command], check=True, capture_output=True)
    return next(target.glob("*.whl"))


def test_the_wheel_carries_method_notebooks_and_templates(wheel: Path, root: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (root / "methodology").rglob("*"):
        if path.is_file():
            assert f"circularity/methodology/{path.relative_to(root / 'methodology').as_posix()}" in names
    assert "circularity/notebooks/fieldlab.ipynb" in names
    assert "circularity/report/templates/style.css" in names
    assert "circularity/texts/ledger.yaml" in names
    assert not any(n.startswith(("tests/", "data/")) for n in names)


@pytest.mark.slow
def test_a_wheel_in_an_empty_environment_assesses_a_fieldlab_from_another_folder(
    wheel: Path, tmp_path: Path, root: Path, write_lab: Write, make_flow: Flow
) -> None:
    environment = tmp_path / "empty"
    venv.create(environment, with_pip=True)
    pins = root / "requirements.lock"
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(re.sub(r" \\\n(    --hash.*\n?)+", "\n", pins.read_text(encoding="utf-8")), encoding="utf-8")
    python = environment / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", constraints, wheel]
    subprocess.run([str(c) for c in install], check=True, capture_output=True, cwd=tmp_path)
    assesses_from_another_folder(environment, write_lab([make_flow(mass=60), make_flow(mass=40, origin="recycled")]))


def test_a_wheel_beside_the_libraries_assesses_a_fieldlab_from_another_folder(
    wheel: Path, tmp_path: Path, write_lab: Write, make_flow: Flow
) -> None:
    environment = tmp_path / "beside"
    venv.create(environment)
    python = environment / "bin" / "python"
    here = Path(sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)}))
    (here / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([str(c) for c in install], check=True, capture_output=True, cwd=tmp_path)
    assesses_from_another_folder(environment, write_lab([make_flow(mass=60), make_flow(mass=40, origin="recycled")]))


def assesses_from_another_folder(environment: Path, folder: Path) -> None:
    """The program installed in `environment` assesses a fieldlab with the method that its wheel brought."""
    python = environment / "bin" / "python"
    elsewhere = environment.parent / "elsewhere"
    elsewhere.mkdir()
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [environment / "bin" / "circularity", "assess", folder, "-o", elsewhere / "out.csv"]
    done = subprocess.run(
        [str(c) for c in command], cwd=elsewhere, capture_output=True, text=True, check=False, env=clean
    )
    assert done.returncode == 0, done.stderr
    with (elsewhere / "out.csv").open(encoding="utf-8") as stream:
        rows = [
            r for r in csv.DictReader(stream) if r["indicator"] == "secondary_input_share" and r["level"] == "fieldlab"
        ]
    assert float(rows[0]["value"]) == pytest.approx(0.4)
    inside = "import circularity, circularity.method.load as m; print(m.installed_root())"
    place = subprocess.run(
        [str(python), "-c", inside], cwd=elsewhere, capture_output=True, text=True, check=True, env=clean
    )
    assert Path(place.stdout.strip()).is_relative_to(environment.resolve())
