"""A method with a fault names file, id and key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from circularity.errors import CircularityError, MethodFaults
from circularity.method.check import check_method
from circularity.method.load import Method, load_method
from tests.conftest import DECLARATION, replace_in
from tests.faults import raises


@pytest.fixture
def edited(method_copy: Path) -> Callable[..., list[CircularityError]]:
    """A function that gives the faults of the method after a file of it was replaced or edited."""

    def faults(
        file: str = "indicators/mine.yaml",
        text: str = DECLARATION,
        replace: tuple[str, str] | None = None,
    ) -> list[CircularityError]:
        path = method_copy / file
        if not path.exists():
            path.write_text(text, encoding="utf-8")
        if replace is not None:
            replace_in(path, *replace)
        try:
            return check_method(load_method(method_copy))
        except MethodFaults as found:
            return list(found)

    return faults


def test_the_declaration_of_the_design_page_asks_only_for_a_heading(
    edited: Callable[..., list[CircularityError]],
) -> None:
    (fault,) = edited()
    assert (fault.code, fault.where.file, fault.details["found"]) == ("MissingKey", "method.yaml", "mine")


@pytest.mark.parametrize(
    ("replace", "error", "place"),
    [
        (("unit:", "unti:"), "UnknownKey", "my_share: unti"),
        (("formula: secondary / input", "formula: secundary / input"), "UndefinedName", "my_share: formula"),
        (("formula: secondary / input", "formula: __import__('os')"), "FormulaNotAllowed", "my_share: formula"),
        (("formula: secondary / input", "formula: sum(secondary)"), "FormulaNotAllowed", "my_share: formula"),
        (("formula: secondary / input", "formula: 'secondary /'"), "FormulaSyntax", "my_share: formula"),
        (("formula: secondary / input", "formula: secondary - input"), "UnitMismatch", "my_share: formula"),
        (("formula: secondary / input", "formula: secondary / 2"), "UnusedName", "my_share: formula"),
        (("unit: \"1\"", "unit: kg"), "UnitMismatch", "my_share: formula"),
        ((", en: My share}", "}"), "MissingTranslation", "my_share: name.en"),
        (("en: My share", "en: ''"), "MissingTranslation", "my_share: name.en"),
        (("expect: 0.373770", "expect: 0.4"), "ExampleFails", "my_share: examples.1"),
        (("key: cb23_meten_2022", "key: nobody_2020"), "UnknownSource", "my_share"),
        (("direction: higher_is_better", "direction: up"), "WrongValue", "my_share: direction"),
        (("origin: [reused, recycled]", "origin: [re-used]"), "UndefinedName", "my_share: quantities.secondary"),
        (("role: input, origin", "roll: input, origin"), "UndefinedName", "my_share: quantities.secondary"),
        (("  formula: secondary / input\n", ""), "MissingKey", "my_share: formula"),
        (("id: my_share", "id: mci"), "DuplicateId", "mci"),
        (("references: {cb23", "references: {cb32"), "UndefinedName", "my_share: references"),
        (("sum: mass}\n    secondary", "sum: weight}\n    secondary"), "UndefinedName", "my_share: quantities.input"),
    ],
)  # fmt: skip
def test_a_fault_in_a_declaration_names_file_id_and_key(
    replace: tuple[str, str], error: str, place: str, edited: Callable[..., list[CircularityError]]
) -> None:
    faults = edited(replace=replace)
    assert error in [f.code for f in faults]
    fault = next(f for f in faults if f.code == error)
    assert fault.where.file == "indicators/mine.yaml"
    assert place in str(fault.where.key)


def test_a_declaration_without_example_is_a_fault(edited: Callable[..., list[CircularityError]]) -> None:
    assert "NoExample" in [f.code for f in edited(text=DECLARATION[: DECLARATION.index("  examples:")])]


@pytest.mark.parametrize(
    ("file", "replace", "error"),
    [
        ("method.yaml", ("version:", "verzion:"), "UnknownKey"),
        ("method.yaml", ("interval: [0.05, 0.95]", "interval: !!python/object/apply:os.system ['true']"), "YamlTag"),
        ("scores.csv", ("circular_input_share,circularity", "circular_input_share,nowhere"), "UnknownParent"),
        ("scores.csv", ("0,0.55,", "0.55,0.55,"), "WrongValue"),
        ("scores.csv", (",2,1,higher", ",2,-1,higher"), "NegativeWeight"),
        ("vocabulary/origins.csv", ("reused,secondary", "reused,second-hand"), "WrongValue"),
        ("vocabulary/origins.csv", ("recycled,secondary", "reused,secondary"), "DuplicateId"),
        ("vocabulary/origins.csv", ("uit recycling,from recycling", "uit recycling,"), "MissingTranslation"),
        ("factors/targets.csv", ("npce_2025", "npce_2035"), "UnknownSource"),
        ("factors/targets.csv", ("unverified,current", "unverified,soon"), "WrongValue"),
        ("scores.csv", ("npce2025_keep", "rijk2016_halve"), "UndefinedName"),
        ("agreement.md", ("## English", "## Engels"), "MissingTranslation"),
        ("quantities.yaml", ("sum: mass}", "sum: mass * mass.real}"), "FormulaNotAllowed"),
        ("tables.yaml", ("max(1, whole.lifetime / lifetime)", "max(1, whole.life / lifetime)"), "UndefinedName"),
        ("principles.md", ("16. A verdict follows", "A verdict follows"), "MissingTranslation"),
    ],
)  # fmt: skip
def test_a_fault_in_another_file_is_named(
    file: str, replace: tuple[str, str], error: str, edited: Callable[..., list[CircularityError]]
) -> None:
    try:
        faults = edited(file=file, replace=replace)
    except CircularityError as single:
        faults = [single]
    assert error in [f.code for f in faults]
    assert any(f.where.file == file for f in faults)


def test_a_missing_file_is_named(method_copy: Path) -> None:
    (method_copy / "quantities.yaml").unlink()
    with pytest.raises(MethodFaults, match=r"quantities\.yaml"):
        load_method(method_copy)


def test_a_folder_that_is_no_method_is_refused(tmp_path: Path) -> None:
    with raises("UnknownMethod"):
        load_method(tmp_path)
    with raises("UnknownMethod", match=r"9\.9\.9"):
        load_method("9.9.9")


def test_a_version_gives_the_installed_method(method: Method) -> None:
    assert load_method(method.version).digest == method.digest


def test_the_digest_moves_with_any_change(method_copy: Path, method: Method) -> None:
    assert load_method(method_copy).digest == method.digest
    page = method_copy / "decisions" / "0001-unknown-is-a-value.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert load_method(method_copy).digest != method.digest
