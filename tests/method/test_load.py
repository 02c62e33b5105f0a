"""Reading a method refuses what cannot be computed with, each fault with its place and what to do."""

# A table of mistakes reads best with one to a line.
# ruff: noqa: E501

from collections.abc import Callable
from pathlib import Path

import pytest

from circularity.errors import CircularityError, MethodFaults
from circularity.ledger.quality import SCORES
from circularity.method import required
from circularity.method.load import Method, load_method
from circularity.method.scoring_config import old_names
from tests.conftest import replace_in

TheFault = Callable[..., CircularityError]
FaultsAfter = Callable[..., list[CircularityError]]

ORIGIN = "origin: {kind: code, vocabulary: origins,"


@pytest.mark.parametrize(
    ("edit", "error", "place", "hint"),
    [
        # Numbers
        (("method.yaml", "interval: [0.05, 0.95]", "interval: [5, 95]"), "WrongValue", "interval", "between 0 and 1"),
        (("method.yaml", "interval: [0.05, 0.95]", "interval: [0.9, 0.1]"), "WrongValue", "interval", "increasing"),
        (("method.yaml", "interval: [0.05, 0.95]", "interval: [0.05]"), "WrongValue", "interval", "two numbers"),
        (("method.yaml", "tolerance: 0.01", "tolerance: .inf"), "WrongValue", "tolerance", "finite number"),
        (("method.yaml", "shown: 0.95", "shown: '0.95'"), "WrongValue", "shown", "without quotation marks"),
        (("method.yaml", "score: 0.5 ", "score: yes "), "WrongValue", "coverage.score", "number"),
        (("method.yaml", "large: 1.3", "large: 1"), "WrongValue", "large", "above 1"),
        (("method.yaml", "date: 2026-11-28", "date: 2026-13-25"), "WrongValue", "date", "a date that exists"),
        (("factors/targets.csv", "share,0.55,", "share,abc,"), "WrongValue", "row 2, value", "a number, such as 0.55"),
        (("factors/targets.csv", "share,0.55,", "share,nan,"), "WrongValue", "row 2, value", "a number, such as 0.55"),
        (("factors/targets.csv", "share,0.55,1,", "share,0.55,kg,"), "WrongValue", "row 2, unit", "1, the unit of"),
        (("factors/pedigree.csv", "reliability,2,0.0006", "reliability,2,-1"), "WrongValue", "row 3, variance", "at least 0"),
        (("factors/pedigree.csv", "reliability,2,0.0006,", "reliability,2,0.0006,1.05"), "WrongValue", "row 3", "a variance or a factor"),
        (("factors/pedigree.csv", "ecoinvent_v3,sample_size,2,", "ecoinvent_v3,sample_size,3,"), "WrongValue", "ecoinvent_v3", "1 to 5 of sample_size"),
        (("method.yaml", "pedigree: ecoinvent_v3 ", "pedigree: ecoinvent_3 "), "UndefinedName", "uncertainty.pedigree", "ecoinvent_v3"),
        (("method.yaml", "    name: {nl: Goederengroepen van het CBS", "    named: x\n    name: {nl: Goederengroepen van het CBS"), "UnknownKey", "lists.cbs_goods", "named"),
        (("method.yaml", "  processing:\n", "  procesing:\n"), "UndefinedName", "lists", "processing"),
        (("vocabulary/eural.csv", "0101,01,,wastes from mineral excavation", "0101,01,,"), "WrongValue", "row 3", "a name in Dutch or in English"),
        (("vocabulary/materials.csv", "glas,glass", ",glass"), "MissingTranslation", "nl", "nl"),
        (("factors/pedigree.csv", "reliability,2,0.0006", "reliability,2,1_0"), "WrongValue", "row 3, variance", "number"),
        (("factors/pedigree.csv", "reliability,2,", "reliability,3,"), "WrongValue", "pedigree.csv", "1 to 5 of reliability"),
        (("vocabulary/units.csv", "mass,1000,", "mass,-1000,"), "WrongValue", "row 5, factor", "above 0"),
        (("vocabulary/roles.csv", ",+1,origin", ",abc,origin"), "WrongValue", "row 2, balance", "one of: +1"),
        (("vocabulary/roles.csv", ",+1,origin", ",,origin"), "WrongValue", "row 2, balance", "one of: +1"),
        (("scores.csv", "0,0.55,", "nan,0.55,"), "WrongValue", "row 3, lower", "lower below upper"),
        (("scores.csv", "0,0.55,", "zero,0.55,"), "NotANumber", "row 3, lower", "number"),
        (("scores.csv", "0,0.55,", "0.9,0.55,"), "WrongValue", "row 3, lower", "lower below upper"),
        (("indicators/mci.yaml", "X: 0.5}, expect: 0,", "X: 0.5}, expect: .nan,"), "WrongValue", "mci: examples.2.expect", "number"),
        (("indicators/mci.yaml", "X: 0.5}, expect: 0,", "X: 0.5}, expect: '0',"), "WrongValue", "mci: examples.2.expect", "number"),
        (("indicators/mci.yaml", "bounds: [0, 1]\n  levels: [product]", "bounds: [1, 0]\n  levels: [product]"), "WrongValue", "mci: bounds", "low bound before"),
        (("indicators/mci.yaml", "bounds: [0, 1]\n  levels: [product]", "bounds: [0, {a: 1}]\n  levels: [product]"), "WrongValue", "mci: bounds.1", "finite number"),
        (("tables.yaml", "min: 1, max: 10", "min: 100, max: 1"), "WrongValue", "flows: columns.uncertainty.min", "below 1"),
        # Units
        (("quantities.yaml", "unit: kg", "unit: kilo"), "WrongValue", "input", "units.csv"),
        (("quantities.yaml", "unit: kg", "unit: kg**999999999"), "WrongValue", "input", "units.csv"),
        (("indicators/cti.yaml", "unit: kg", 'unit: ""'), "WrongValue", "circular_input_mass: unit", "not empty"),
        (("tables.yaml", "unit: EUR/t", "unit: EUR/ton"), "WrongValue", "flows: columns.price.unit", "units.csv"),
        (("vocabulary/measured.csv", "revenue,EUR,", "revenue,euros,"), "WrongValue", "row 2, unit", "units.csv"),
        (("indicators/iso59020.yaml", "of: product, unit: year", "of: product, unit: kg"), "WrongValue", "inputs.t_LP.unit", "year, the unit of lifetime"),
        (("vocabulary/units.csv", "mg,,mg", "0,,mg"), "WrongValue", "row 2, code", "of the form"),
        (("vocabulary/units.csv", "mg,,mg", "mgg,,mg"), "WrongValue", "row 2, code", "check of units knows"),
        # Plausibility bounds
        (("plausibility.csv", "load_mass,flows,", "load_mass,flow,"), "UndefinedName", "row 2, table", "flows"),
        (("plausibility.csv", "mass / loads", "mass / load"), "UndefinedName", "row 2, of", "loads"),
        (("plausibility.csv", "mass / loads", "mass / / loads"), "FormulaSyntax", "row 2, of", ""),
        (("plausibility.csv", "mass / loads", "mass / material"), "UndefinedName", "row 2, of", "mass"),
        (("plausibility.csv", "role material", "role materials"), "UndefinedName", "row 3, by", "material"),
        (("plausibility.csv", "-2000,100000000", "100000000,-2000"), "WrongValue", "row 4, low", "below"),
        (("plausibility.csv", ",range,,,,,30000", ",range,,,,,"), "WrongValue", "row 2", "a low or high"),
        (("plausibility.csv", "role material,10,100,", "role material,10,,"), "WrongValue", "row 3", "a high, fewest and factor"),
        (("plausibility.csv", "EUR/t", "euros"), "WrongValue", "row 4, unit", "units.csv"),
        (("plausibility.csv", "industry_lifetime,products,industry_lifetime", "lifetime,products,industry_lifetime"), "DuplicateId", "row 6, id", "another name"),
        # Circles and trees
        (("vocabulary/origins.csv", "primary,,primair", "primary,renewable,primair"), "Circle", "row 2, parent", "Break the circle"),
        (("vocabulary/roles.csv", "input,,input", "input,input,input"), "Circle", "row 2, parent", "Break the circle"),
        (("scores.csv", "_share,circularity,1,1,higher_is_better,0,0.82", "_share,,1,1,higher_is_better,0,0.82"), "WrongValue", "row 4, parent", "exactly one row"),
        (("tables.yaml", 'formula: "max(1, whole.lifetime / lifetime)"', 'formula: "utility"'), "UndefinedName", "products: derived.replacements", "lifetime"),
        # Patterns, vocabularies and columns
        (("tables.yaml", 'pattern: "[0-9]{6}"', 'pattern: "["'), "WrongValue", "flows: columns.eural.pattern", "valid regular expression"),
        (("tables.yaml", 'pattern: "[0-9]{6}"', 'pattern: "(a+)+$"'), "WrongValue", "flows: columns.eural.pattern", "repetition of a repetition"),
        (("tables.yaml", ORIGIN, "origin: {kind: code,"), "WrongValue", "flows: columns.origin", "a vocabulary"),
        (("tables.yaml", ORIGIN, "origin: {kind: code, vocabulary: origin,"), "UndefinedName", "flows: columns.origin.vocabulary", "origins"),
        (("tables.yaml", "to: [products], needed: never", "to: [product], needed: never"), "UndefinedName", "flows: columns.product.to", "products"),
        (("tables.yaml", "key: [product, period]", "key: [product, year]"), "UndefinedName", "products: key", "period"),
        (("tables.yaml", "scope: role", "scope: material"), "WrongValue", "flows: scope", "role"),
        (("tables.yaml", "mass: {kind: mass, needed: always", "mass: {kind: number, needed: always"), "WrongValue", "flows: columns.mass.kind", "mass, because"),
        (("tables.yaml", "dimension: mass", "dimension: weight"), "UndefinedName", "flows: columns.unit.dimension", "mass"),
        (("tables.yaml", "    price: {kind: number", "    prijs: {kind: nummer"), "WrongValue", "flows: columns.prijs.kind", "one of: text"),
        (("vocabulary/origins.csv", "unknown,,onbekend", "onbekend,,onbekend"), "MissingCode", "origins.csv", "Put the row back"),
        (("vocabulary/origins.csv", "reused,secondary", "re used,secondary"), "WrongValue", "row 8, code", "of the form"),
        (("vocabulary/roles.csv", "books_to", "boekt_naar"), "MissingColumn", "row 1", "books_to"),
        (("vocabulary/roles.csv", ",+1,origin", ",+1,herkomst"), "UndefinedName", "row 2, asks", "origin"),
        (("vocabulary/origins.csv", "code,parent,nl", "code,code,nl"), "DuplicateColumn", "row 1", "Keep one"),
        (("vocabulary/origins.csv", "uit recycling,from", '"uit recycling"",from'), "NotReadable", "origins.csv, row 9", "double quotation marks"),
        (("vocabulary/places.csv", "market,,markt,market,", "market,,markt,"), "RowLength", "row 2", "separators"),
        # Sums that the program would not take as they stand
        (("quantities.yaml", "{table: flows, where: {role: input}, sum: mass}", "{table: flows, where: {role: input}, sum: mass * 2}"), "WrongValue", "input", "adds up the mass"),
        (("quantities.yaml", "where: {quantity: revenue}, sum: value", "where: {quantity: revenue}, sum: 2 * value"), "WrongValue", "revenue", "adds up the value"),
        (("quantities.yaml", "where: {quantity: revenue}, sum: value", "sum: value"), "WrongValue", "revenue", "exactly one condition"),
        (("quantities.yaml", "{table: products, sum: life_cycle_mass}", "{table: products, where: {material: glass}, sum: life_cycle_mass}"), "WrongValue", "input", "every row counts"),
        (("indicators/mci.yaml", "missing_data: refuse", "missing_data: as_recorded"), "WrongValue", "mci: missing_data", "refuse, because"),
        (("indicators/mci.yaml", "levels: [organisation, fieldlab]", "levels: [product, organisation]"), "WrongValue", "mci_range: levels", "without product"),
        (("indicators/mci.yaml", "MCI: {indicator: mci,", "MCI: {indicator: mci, column: mass,"), "WrongValue", "mci_range: inputs.MCI", "exactly one of"),
        (("indicators/mci.yaml", "MCI: {indicator: mci,", "MCI: {indicator: circular_mass,"), "WrongValue", "mci_range: inputs.MCI", "has the level product"),
        (("indicators/mci.yaml", "MCI: {indicator: mci,", "MCI: {indicator: mcy,"), "UndefinedName", "mci_range: inputs.MCI", "mci"),
        (("indicators/mci.yaml", "N: {column: normalising_factor,", "N: {column: utility,"), "WrongValue", "mci_range: inputs.N", "not a derived one"),
        (("indicators/cti.yaml", "levels: [organisation, fieldlab]", "levels: [region]"), "WrongValue", "circular_mass: levels", "at least one of"),
        # Settings
        (("method.yaml", "    - circular_input_share", "    - circular_inputt_share"), "UndefinedName", "headline.circular_factory", "circular_input_share"),
        (("method.yaml", "  - unknown_input_share", "  - unknown_share"), "UndefinedName", "quality", "unknown_input_share"),
        (("method.yaml", "headline:                   # what the first lines of a report are about\n  circular_factory:", "headline:\n  circular_hub:"), "UndefinedName", "headline", "circular_factory"),
        (("method.yaml", "tables: [organisations, flows, products]", "tables: [flows, products]"), "WrongValue", "kinds.circular_factory.tables", "organisations"),
        (("method.yaml", "tables: [organisations, flows, products]", "tables: [organisations, flows, product]"), "UndefinedName", "kinds.circular_factory", "products"),
        (("method.yaml", "  - r_strategies_six\n", "  - r_strategies_sixx\n"), "UndefinedName", "lists_beside", "r_strategies"),
        (("method.yaml", "basic: basic", "basic: base"), "UndefinedName", "uncertainty.basic", "basic"),
        (("method.yaml", "  iso59020: ISO 59020", "  iso59020: ISO 59020\n  iso59020: ISO"), "YamlDuplicateKey", "row", "Keep one"),
        (("method.yaml", "kinds:", "kinds: &k"), "YamlTag", "row", "anchors"),
        (("factors/targets.csv", "npce2025_keep,available_output_share", "npce2025_keep,circular_input_share"), "WrongValue", "row 3, indicator", "one current target"),
        (("scores.csv", "higher_is_better,,,,no", "higher_is_better,0,1,,no"), "WrongValue", "row 2, lower", "empty for a mean"),
        (("scores.csv", "0.82,npce2025_keep,no,", "0.82,npce2025_keep,,"), "WrongValue", "row 4, agreed", "yes"),
        (("scores.csv", "no,Behouden,Keep", "no,Behouden,"), "MissingTranslation", "row 4, en", ""),
        (("scores.csv", ",agreed,nl", ",accepted,nl"), "MissingColumn", "row 1", "agreed"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place_and_what_to_do(
    edit: tuple[str, str, str], error: str, place: str, hint: str, the_fault: TheFault
) -> None:
    edits = [edit]
    if "one current target" in hint:  # the goalpost of the other indicator has to go with its target
        edits.append(("scores.csv", "npce2025_keep", ""))
    fault = the_fault(*edits)
    assert fault.code == error
    assert fault.where.file == edit[0]
    assert all(part in str(fault.where) for part in place.split(", "))
    assert hint in fault.text("en"), fault.text("en")


@pytest.mark.parametrize("name", sorted(required.VOCABULARIES))
def test_a_code_list_that_the_program_needs_must_be_there(name: str, method_copy: Path, the_fault: TheFault) -> None:
    (method_copy / "vocabulary" / f"{name}.csv").unlink()
    fault = the_fault()
    assert (fault.code, fault.where.file) == ("MissingFile", f"vocabulary/{name}.csv")


@pytest.mark.parametrize("name", sorted(required.VOCABULARIES))
def test_a_code_list_without_rows_is_refused(name: str, method_copy: Path, the_fault: TheFault) -> None:
    path = method_copy / "vocabulary" / f"{name}.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert (the_fault().code, the_fault().where.file) == ("EmptyTable", f"vocabulary/{name}.csv")


@pytest.mark.parametrize(
    "file", ["tables.yaml", "quantities.yaml", "scores.csv", "sources.bib", "factors/pedigree.csv", "factors/targets.csv"]
)  # fmt: skip
def test_a_missing_file_brings_no_other_faults(file: str, method_copy: Path, the_fault: TheFault) -> None:
    (method_copy / file).unlink()
    fault = the_fault()
    assert (fault.code, fault.where.file) == ("MissingFile", file)


@pytest.mark.parametrize("table", sorted(required.COLUMNS))
def test_a_table_that_the_program_needs_must_be_there(table: str, faults_after: FaultsAfter) -> None:
    fault = faults_after(("tables.yaml", f"\n{table}:\n", f"\n{table}_renamed:\n"))[0]
    assert (fault.code, fault.where.file, fault.details["found"]) == ("MissingKey", "tables.yaml", table)


@pytest.mark.parametrize(("table", "column"), [(t, c) for t, columns in required.COLUMNS.items() for c in columns])
def test_a_column_that_the_program_needs_must_be_there(
    table: str, column: str, method_copy: Path, faults_after: FaultsAfter
) -> None:
    lines = (method_copy / "tables.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    start = lines.index(f"{table}:\n")
    at = next(i for i in range(start, len(lines)) if lines[i].startswith(f"    {column}: "))
    del lines[at]
    (method_copy / "tables.yaml").write_text("".join(lines), encoding="utf-8")
    fault = next(f for f in faults_after() if f.details["found"] == column)
    assert (fault.code, str(fault.where)) == ("MissingKey", f"tables.yaml, {table}: columns")


def test_the_pedigree_scores_are_those_whose_variances_are_added() -> None:
    assert required.PEDIGREE == SCORES


def test_faults_of_several_files_are_told_in_one_round(faults_after: FaultsAfter) -> None:
    found = faults_after(
        ("method.yaml", "tolerance: 0.01", "tolerance: a"),
        ("tables.yaml", "min: 1, max: 10", "min: .nan, max: 100"),
        ("quantities.yaml", "unit: kg", "unit: [kg]"),
        ("vocabulary/units.csv", "mass,1000,", "mass,x,"),
        ("factors/targets.csv", "share,0.55,", "share,x,"),
        ("scores.csv", "0,0.82,", "0,x,"),
        ("indicators/mci.yaml", "formula: weighted / N_tot", "formula: weighted / / N_tot"),
        ("indicators/cti.yaml", "formula: circular_input\n", "formula: 9 ** 9 ** 9\n"),
    )
    assert {f.where.file for f in found} == {
        "method.yaml", "tables.yaml", "quantities.yaml", "vocabulary/units.csv", "factors/targets.csv", "scores.csv",
        "indicators/mci.yaml", "indicators/cti.yaml",
    }  # fmt: skip
    assert len(found) == 8


def test_all_faults_of_one_declaration_are_told_together(faults_after: FaultsAfter) -> None:
    found = faults_after(
        ("indicators/mci.yaml", "formula: W_0 + (W_F + W_C) / 2", "formula: W_0 +"),
        ("indicators/mci.yaml", "formula: 0.9 / X", "formula: import os"),
        ("indicators/mci.yaml", 'that: "F_R + F_U + F_S <= 1"', 'that: "F_R <"'),
    )
    assert [str(f.where.key) for f in found] == ["mci: let.W", "mci: let.F_X", "mci: requires_of_parts.1"]


@pytest.mark.parametrize(
    "formula",
    ["9**9**9", "(9**9)**9", "exp(exp(9))", "input ** 999", "1e400 * input", "(" * 500 + "input" + ")" * 500,
     "-" * 900 + "input", "input" + " + 0" * 900, "ｉｎｐｕｔ", "lambda: 1", "[1]", "input if 1 else 2"],
)  # fmt: skip
def test_a_formula_out_of_bounds_is_refused_at_once(formula: str, the_fault: TheFault) -> None:
    fault = the_fault(("indicators/cb23_input.yaml", "formula: input\n", f'formula: "{formula}"\n'))
    assert fault.code in ("FormulaNotAllowed", "FormulaSyntax")
    assert str(fault.where) == "indicators/cb23_input.yaml, input_mass: formula"
    assert fault.sentences("en")[1]


# One fault does not bring others --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (("quantities.yaml", "  unit: kg", "  unti: kg"), "UnknownKey"),
        (("quantities.yaml", "sum: mass}", "sum: mass +}"), "FormulaSyntax"),
        (("quantities.yaml", "where: {role: input}", "where: {role: inputt}"), "UndefinedName"),
        (("quantities.yaml", "where: {role: input}", "where: {rol: input}"), "UndefinedName"),
        (("quantities.yaml", "sum: mass}", "sum: masa}"), "UndefinedName"),
        (("quantities.yaml", "  unit: kg", "  unit: EUR"), "UnitMismatch"),
        (("quantities.yaml", "input:\n", "input: [\n"), "YamlSyntax"),
    ],
)
def test_a_fault_in_a_shared_quantity_is_told_once(
    edit: tuple[str, str, str], error: str, faults_after: FaultsAfter
) -> None:
    found = faults_after(edit)
    assert {f.code for f in found} == {error}
    assert {f.where.file for f in found} == {"quantities.yaml"}
    assert len(found) <= 2  # one for each way to take the sum


def test_a_quantity_that_was_renamed_is_one_fault_that_names_its_users(the_fault: TheFault) -> None:
    fault = the_fault(("quantities.yaml", "\noutput:\n", "\nuitvoer:\n"))
    assert (fault.code, fault.where.file, fault.details["found"]) == (
        "UndefinedName",
        "quantities.yaml",
        "output",
    )
    assert "output_mass" in fault.text("en")


def test_a_quantity_misspelt_in_one_indicator_is_told_there(the_fault: TheFault) -> None:
    fault = the_fault(("indicators/cb23_input.yaml", "quantities: [input]", "quantities: [inputt]"))
    assert str(fault.where) == "indicators/cb23_input.yaml, input_mass: quantities"
    assert "Known are: input." in fault.text("en")


def test_an_indicator_with_a_fault_is_not_also_missing_from_headline_target_and_score(the_fault: TheFault) -> None:
    fault = the_fault(("indicators/cti.yaml", "formula: circular_input / input", "formula: circular_input /"))
    assert fault.code == "FormulaSyntax"


def test_indicators_of_one_score_are_taken_at_the_same_levels(the_fault: TheFault) -> None:
    old = "levels: [product, organisation, fieldlab]\n  rollup: sum_then_divide\n  missing_data: shown_as_unknown\n  beside: available"
    fault = the_fault(("indicators/cb23_output.yaml", old, old.replace("product, ", "")))
    assert str(fault.where) == "indicators/cb23_output.yaml, available_output_share: levels"
    assert "like the other indicators in scores.csv" in fault.text("en")


def test_a_value_is_shown_as_it_stands_whatever_its_form(method_copy: Path) -> None:
    """A mapping where a number belongs once ended in a KeyError."""
    path = method_copy / "indicators" / "mci.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("bounds: [0, 1]", "bounds: [a, {b: 1}]", 1), encoding="utf-8")
    with pytest.raises(MethodFaults) as caught:
        load_method(method_copy)
    assert "(sleutels met waarden)" in caught.value.text("nl")


def test_a_pipeline_under_its_old_names_is_read_and_the_check_mentions_them(method_copy: Path, method: Method) -> None:
    assert old_names(method.root) == {}
    replace_in(method_copy / "composite.yaml", "pipeline:", "chain:")
    replace_in(method_copy / "composite.yaml", "technique:", "way:")
    assert load_method(method_copy).pipeline == method.pipeline
    assert old_names(method_copy) == {"chain": "pipeline", "way": "technique"}
