"""Functions that a declaration names: the list and the program agree, and what is wrong is named."""

# A table of mistakes reads best with one to a line.
# ruff: noqa: E501

from collections.abc import Callable
from pathlib import Path

import pytest

from circularity.errors import CircularityError
from circularity.method.compute import compute
from circularity.method.diff import diff
from circularity.method.functions import FUNCTIONS
from circularity.method.load import Method, load_method
from circularity.method.show import as_data, as_text
from tests.conftest import replace_in

FaultsAfter = Callable[..., list[CircularityError]]
TheFault = Callable[..., CircularityError]
FILE = "indicators/network.yaml"
PARAMETERS = "  parameters: {balance_tolerance: network.balance_tolerance}\n"


def test_the_list_and_the_program_have_the_same_functions(method: Method) -> None:
    assert set(method.functions) == set(FUNCTIONS)
    for name, (_, row) in method.functions.items():
        assert row.takes.split() == list(FUNCTIONS[name].takes.columns)
        assert row.parameters.split() == list(FUNCTIONS[name].parameters)


@pytest.mark.parametrize(
    ("edit", "code", "place", "said"),
    [
        ((FILE, "  function: cycling_index\n", "  function: cycling_index\n  formula: a / b\n"), "WrongValue", "cycling_index: formula", "a formula or a function, not both"),
        ((FILE, "  function: cycling_index\n" + PARAMETERS, ""), "MissingKey", "cycling_index: formula", "Give a formula or a function."),
        ((FILE, "function: cycling_index", "function: cycling_indices"), "UndefinedName", "cycling_index: function", "cycling_index"),
        ((FILE, "{balance_tolerance: network", "{size: 3, balance_tolerance: network"), "UnknownKey", "cycling_index: parameters.size", "size"),
        ((FILE, PARAMETERS, ""), "MissingKey", "cycling_index: parameters.balance_tolerance", "balance_tolerance"),
        ((FILE, "network.balance_tolerance", "network.tolerance"), "UndefinedName", "cycling_index: parameters.balance_tolerance", "network.balance_tolerance"),
        ((FILE, "network.balance_tolerance", "-0.1"), "WrongValue", "cycling_index: parameters.balance_tolerance", "at least 0"),
        ((FILE, "network.balance_tolerance", "much"), "WrongValue", "cycling_index: parameters.balance_tolerance", "a finite number"),
        ((FILE, "rollup: of_the_whole", "rollup: sum"), "WrongValue", "cycling_index: rollup", "of_the_whole"),
        ((FILE, "levels: [fieldlab]", "levels: [organisation, fieldlab]"), "WrongValue", "cycling_index: levels", "fieldlab"),
        ((FILE, 'unit: "1"', "unit: kg"), "WrongValue", "cycling_index: unit", "cycling_index"),
        ((FILE, "missing_data: refuse", "missing_data: as_recorded"), "WrongValue", "cycling_index: missing_data", "refuse"),
        ((FILE, "  function:", "  quantities: [waste]\n  function:"), "UnknownKey", "cycling_index: quantities", "quantities"),
        ((FILE, "expect: 0.1101686", "expect: 0.11"), "ExampleFails", "cycling_index: examples.2", "0.110168609"),
        ((FILE, "because: not_balanced", "because: closed_loop"), "ExampleFails", "cycling_index: examples.4", "not_balanced"),
        ((FILE, "{from: [market, a, b], to: [a, b, environment], mass: [3, 3, 3]}", "{from: [market, a, b], to: [a, b, environment], mass: [3, 3]}"), "ExampleFails", "cycling_index: examples.3", "mass: 2"),
        (("functions.csv", "from to mass", "from to weight"), "WrongValue", "functions.csv, row 2, takes", "from to mass"),
        (("functions.csv", ",balance_tolerance,", ",,"), "WrongValue", "functions.csv, row 2, parameters", "balance_tolerance"),
        (("functions.csv", ",borrett_lau_2014,", ",nobody_2014,"), "UnknownSource", "functions.csv, row 2, source", "Add the source"),
        (("network.yaml", "value: 1.0e-4", "value: small"), "WrongValue", "network.yaml, balance_tolerance: value", "a finite number"),
        (("network.yaml", 'unit: "1"', "unit: furlong"), "WrongValue", "network.yaml, balance_tolerance", "unit"),
        (("indicators/cti.yaml", "rollup: sum\n", "rollup: of_the_whole\n"), "WrongValue", "circular_input_mass: rollup", "of_the_whole for a function"),
        (("indicators/cti.yaml", "rollup: sum\n", "rollup: sum\n  parameters: {a: 1}\n"), "UnknownKey", "circular_input_mass: parameters", "parameters"),
    ],
)  # fmt: skip
def test_a_fault_about_a_function_names_file_id_and_key(
    edit: tuple[str, str, str], code: str, place: str, said: str, faults_after: FaultsAfter
) -> None:
    file, old, new = edit
    found = faults_after((file, old, new))
    fault = next(f for f in found if f.code == code)
    assert place in str(fault.where), [str(f.where) for f in found]
    assert str(fault.where.file) == file
    assert said in fault.text("en"), fault.text("en")


def test_a_function_that_the_program_does_not_have_is_named_where_it_is_listed(
    method_copy: Path, faults_after: FaultsAfter
) -> None:
    path = method_copy / "functions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("cycling_index,", "centrality,"), encoding="utf-8")
    replace_in(method_copy / FILE, "function: cycling_index", "function: centrality")
    found = {(f.code, str(f.where)) for f in faults_after()}
    assert ("UndefinedName", "functions.csv, row 2, function") in found
    assert ("MissingKey", "functions.csv") in found


def test_a_parameter_that_nothing_takes_is_named(method_copy: Path, the_fault: TheFault) -> None:
    path = method_copy / "network.yaml"
    text = path.read_text(encoding="utf-8")
    again = text[text.index("balance_tolerance:") :].replace("balance_tolerance:", "base:")
    path.write_text(text + again, encoding="utf-8")
    fault = the_fault()
    assert (fault.code, str(fault.where)) == ("UnusedName", "network.yaml, base")


def test_a_function_is_shown_with_what_it_computes_and_where_it_comes_from(method: Method) -> None:
    indicator = method.indicator("cycling_index")
    text = as_text(method, indicator, "en")
    assert "cycling_index = cycling_index(from, to, mass)" in text
    assert "Computed by cycling_index: part of all throughflow" in text
    assert "see Borrett" in text
    assert "balance_tolerance = 0.0001  (tolerance of the balance)" in text
    assert "Berekend door cycling_index" in as_text(method, indicator, "nl")
    data = as_data(method, indicator)
    assert data["function"] == "cycling_index"
    assert data["arguments"] == {"from": "", "to": "", "mass": "1"}


def test_a_function_is_computed_on_a_small_network(method: Method) -> None:
    given = {"from": ["market", "a", "b", "b"], "to": ["a", "b", "a", "market"], "mass": [1, 2, 1, 1]}
    found = compute(method.indicator("cycling_index"), given)
    assert found.value == pytest.approx(0.5)
    assert found.worked == "0.5 = cycling_index(from, to, mass)"


def test_a_changed_parameter_is_told_by_diff(method_copy: Path, method: Method) -> None:
    replace_in(method_copy / "network.yaml", "value: 1.0e-4", "value: 1.0e-3")
    (change,) = diff(method, load_method(method_copy))
    assert change.matters
    assert change.text("en") == "changed: parameter network.balance_tolerance, value: 0.0001 → 0.001"
