"""The direction of imports, and how long an import takes."""

import ast
import subprocess
import sys
from pathlib import Path

# Lower rooms first; a room imports only rooms below it. `cli` may import all; nobody but it knows `report`.
ROOMS = [
    "texts",
    "errors",
    "tables",
    "reconciliation",
    "scoring",
    "network",
    "method",
    "ledger",
    "importers",
    "weighting",
    "assessment",
    "figures",
    "result",
    "report",
]
ROOMS += ["cli"]


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "circularity"


def imports(path: Path) -> list[tuple[str, bool]]:
    """The circularity modules a file imports, and whether only for types."""
    found = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(node)
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and getattr(test.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [str(node.module)]
        found += [(n, id(node) in for_types) for n in names if n.split(".")[0] == "circularity"]
    return found


def test_every_room_is_known(root: Path) -> None:
    package = root / "circularity"
    rooms = {p.stem for p in package.glob("*.py")} | {p.parent.name for p in package.glob("*/__init__.py")}
    assert rooms - {"__init__"} == set(ROOMS)


def test_an_import_goes_down_only(root: Path) -> None:
    package = root / "circularity"
    for path in sorted(package.rglob("*.py")):
        if path == package / "__init__.py":
            continue
        here = path.relative_to(package).parts[0].removesuffix(".py")
        for module, for_types in imports(path):
            there = room_of(module)
            if there == "circularity":
                continue  # only the version, see below
            allowed = ROOMS.index(there) <= ROOMS.index(here) or for_types
            assert allowed, f"{path.relative_to(root)} imports {module}"


def test_only_the_command_line_and_notebooks_know_report(root: Path) -> None:
    package = root / "circularity"
    for path in sorted(package.rglob("*.py")):
        here = path.relative_to(package).parts[0]
        for module, _ in imports(path):
            if room_of(module) == "report":
                assert here in ("report", "cli"), path


def test_the_site_of_the_method_knows_the_method_and_no_result(root: Path) -> None:
    for path in (root / "circularity" / "report" / "site").rglob("*.py"):
        for module, _ in imports(path):
            inside = module.startswith("circularity.report.site")
            assert inside or room_of(module) in ("texts", "errors", "tables", "method"), f"{path} imports {module}"


def test_method_and_ledger_know_nothing_of_numbers_drawn(root: Path) -> None:
    for room in ("method", "ledger"):
        for path in (root / "circularity" / room).rglob("*.py"):
            assert not any(room_of(m) == "assessment" for m, _ in imports(path)), path


def test_heavy_libraries_are_not_imported_until_needed() -> None:
    heavy = (
        "sympy",
        "pint",
        "matplotlib",
        "papermill",
        "scipy",
        "duckdb",
        "openpyxl",
        "python_calamine",
        "distributed",
    )
    code = f"import sys, circularity; print([m for m in {heavy!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"
