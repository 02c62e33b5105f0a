"""A table that the method gains is read, checked, summed and explained without a line of Python."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

import circularity as ce
from circularity.errors import DataFaults, MethodFaults
from circularity.ledger.book.template import write_template
from circularity.ledger.convert import convert
from circularity.ledger.fieldlab import load_fieldlab
from circularity.method.check import check_method
from circularity.method.load import load_method
from tests.conftest import replace_in, write_table

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]

TABLE = """
exchanges:
  name: {nl: Uitwisselingen, en: Exchanges}
  meaning: {nl: "Een rij is materiaal dat bedrijven onderling delen.", en: "A row is material that firms share."}
  key: all
  row: {nl: uitwisseling, en: exchange}
  entity: firm
  amount: mass
  scope: kind
  columns:
    period: {kind: period, needed: always, name: {nl: periode, en: period}, meaning: {nl: "Kalenderjaar.", en: "Calendar year."}}
    firm: {kind: reference, to: [organisations], needed: always, name: {nl: bedrijf, en: firm}, meaning: {nl: "Wie deelt.", en: "Who shares."}}
    kind: {kind: code, vocabulary: exchange_kinds, needed: always, name: {nl: soort, en: kind}, meaning: {nl: "Wat gedeeld wordt.", en: "What is shared."}}
    line: {kind: code, vocabulary: exchange_lines, needed: never, name: {nl: leiding, en: line}, meaning: {nl: "Hoe het gaat.", en: "How it goes."}}
    mass: {kind: mass, needed: always, max: 1.0e+15, name: {nl: massa, en: mass}, meaning: {nl: "Hoeveel.", en: "How much."}}
    unit: {kind: unit, dimension: mass, needed: always, name: {nl: eenheid, en: unit}, meaning: {nl: "Eenheid van de massa.", en: "Unit of the mass."}}
    uncertainty: {kind: number, needed: never, unit: "1", min: 1, max: 10, name: {nl: onzekerheid, en: uncertainty}, meaning: {nl: "Geometrische standaardafwijking.", en: "Geometric standard deviation."}}
    source: {kind: text, needed: never, name: {nl: bron, en: source}, meaning: {nl: "Waar het vandaan komt.", en: "Where it comes from."}}
"""  # noqa: E501

KINDS = """code,parent,nl,en,meaning_nl,meaning_en,source
shared,,gedeeld,shared,,,decision 0012
steam,shared,stoom,steam,,,decision 0012
by_product,shared,bijproduct,by-product,,,decision 0012
"""
LINES = """code,parent,nl,en,meaning_nl,meaning_en,source
pipe,,leiding,pipe,,,decision 0012
truck,,vrachtauto,lorry,,,decision 0012
unknown,,onbekend,unknown,,,decision 0001
"""

INDICATOR = """- id: piped_exchange_share
  name: {nl: Aandeel door leidingen, en: Share by pipe}
  meaning: {nl: Deel van het gedeelde materiaal dat door een leiding gaat., en: Part of the shared material that goes by pipe.}
  unit: "1"
  direction: higher_is_better
  bounds: [0, 1]
  levels: [organisation, fieldlab]
  rollup: sum_then_divide
  quantities:
    shared: {table: exchanges, where: {kind: shared}, sum: mass, name: {nl: gedeeld, en: shared}}
    piped: {table: exchanges, where: {kind: shared, line: pipe}, sum: mass, name: {nl: door leidingen, en: by pipe}}
  requires:
    - {that: "piped <= shared", because: {nl: een deel is niet groter dan het geheel, en: a part cannot exceed the whole}}
  formula: piped / shared
  references: {literature: {nl: "zie de bron", en: "see the source"}}
  source: {key: actieplan_ce_2020, at: {nl: test, en: test}, status: unverified}
  examples:
    - {given: {shared: 4, piped: 3}, expect: 0.75, from: "constructed: 3 of 4"}
- id: exchanges_count
  name: {nl: Aantal uitwisselingen, en: Number of exchanges}
  meaning: {nl: Hoe vaak er gedeeld wordt., en: How often something is shared.}
  unit: "1"
  display: number
  direction: higher_is_better
  bounds: [0, null]
  levels: [organisation, fieldlab]
  rollup: sum
  quantities:
    exchanges: {table: exchanges, where: {kind: shared}, sum: "1", unit: "1", name: {nl: uitwisselingen, en: exchanges}}
  formula: exchanges
  references: {literature: {nl: "zie de bron", en: "see the source"}}
  source: {key: actieplan_ce_2020, at: {nl: test, en: test}, status: unverified}
  examples:
    - {given: {exchanges: 2}, expect: 2, from: "constructed: a count"}
"""  # noqa: E501

ROWS = [
    {"firm": "factory", "kind": "steam", "line": "pipe", "mass": 6, "unit": "t", "uncertainty": 1.3},
    {"firm": "factory", "kind": "by_product", "line": "truck", "mass": 2000, "unit": "kg", "uncertainty": 1.2},
    {"firm": "workshop", "kind": "by_product", "line": "unknown", "mass": 2, "unit": "t", "uncertainty": 1},
]
ORGANISATIONS = [{"organisation": o, "name": o.title()} for o in ("factory", "workshop")]


@pytest.fixture
def own_method(method_copy: Path) -> Path:
    """A copy of the method with a table, two code lists and two indicators of its own."""
    with (method_copy / "tables.yaml").open("a", encoding="utf-8") as stream:
        stream.write(TABLE)
    (method_copy / "vocabulary" / "exchange_kinds.csv").write_text(KINDS, encoding="utf-8")
    (method_copy / "vocabulary" / "exchange_lines.csv").write_text(LINES, encoding="utf-8")
    (method_copy / "indicators" / "symbiosis.yaml").write_text(INDICATOR, encoding="utf-8")
    replace_in(method_copy / "method.yaml", "support, partners]", "support, partners, exchanges]")
    replace_in(
        method_copy / "method.yaml", "\n  cb23_input: {nl", "\n  symbiosis: {nl: Delen, en: Sharing}\n  cb23_input: {nl"
    )
    return method_copy


@pytest.fixture
def folder(write_lab: Write, make_flow: Flow) -> Path:
    made = write_lab([make_flow()], [{"product": "chair", "mass": 5, "unit": "kg"}], ORGANISATIONS)
    write_table(made / "exchanges.csv", [{"period": 2020, **row} for row in ROWS])
    return made


def test_a_new_table_is_summed_alike_from_csv_workbook_and_parquet(
    own_method: Path, folder: Path, tmp_path: Path
) -> None:
    method = load_method(own_method)
    assert [str(f) for f in check_method(method)] == []
    found = {}
    for form, target in (("csv", tmp_path / "csv"), ("parquet", tmp_path / "pq"), ("xlsx", tmp_path / "lab.xlsx")):
        convert(folder, target, form, method, "nl")
        result = ce.assess(load_fieldlab(target, method), draws=500)
        found[form] = result.indicators.to_csv(index=False)
    assert found["csv"] == found["parquet"] == found["xlsx"]
    table = ce.assess(load_fieldlab(folder, method), draws=500).indicators
    table = table[table["period"] == 2020].set_index(["indicator", "entity"])
    share = table.loc["piped_exchange_share", "test-lab"]
    assert (share["value"], share["coverage"]) == (0.6, 0.8)  # 6 t of 10 t; of 2 t the line is unknown
    assert 0.4 < share["low"] < 0.6 < 0.8 < share["high"] < 0.9  # by the masses, and by the unknown line
    assert table.loc[("exchanges_count", "test-lab"), "value"] == 3
    workshop = table.loc["piped_exchange_share", "workshop"]
    assert (workshop["status"], workshop["reason"]) == ("missing", "not given for any exchange: line")


def test_a_table_of_readings_whose_list_has_no_units_takes_the_unit_of_its_column(own_method: Path) -> None:
    tables, indicators = own_method / "tables.yaml", own_method / "indicators" / "symbiosis.yaml"
    replace_in(tables, "  key: all\n  row: {nl: uitwisseling", "  key: [period, firm, kind]\n  row: {nl: uitwisseling")
    replace_in(indicators, "where: {kind: shared, line: pipe}, sum: mass", "where: {kind: steam}, sum: mass")
    replace_in(indicators, 'sum: "1", unit: "1"', "sum: mass, unit: kg")
    replace_in(indicators, '  unit: "1"\n  display: number', "  unit: kg\n  display: number")
    assert [str(f) for f in check_method(load_method(own_method))] == []
    replace_in(indicators, "sum: mass, unit: kg", "sum: mass, unit: EUR")
    found = check_method(load_method(own_method))
    assert {f.code for f in found} == {"UnitMismatch"}
    assert "a sum without unit: is taken to be in kg" in found[0].text("en")


def test_a_figure_of_a_new_table_is_explained_to_its_rows(own_method: Path, folder: Path) -> None:
    result = ce.assess(load_fieldlab(folder, load_method(own_method)), draws=500)
    made = result.explain("piped_exchange_share", entity="test-lab", level="fieldlab")
    piped = made.rows[made.rows["term"] == "piped"]
    assert piped[["firm", "line", "kg", "counts"]].to_numpy().tolist() == [
        ["factory", "pipe", 6000.0, "yes"],
        ["workshop", "unknown", 2000.0, "maybe"],
    ]
    assert list(made.drivers["row"]) == [2, 3]  # in the file, the heading is row 1
    assert made.drivers["what"].iloc[0] == "steam, pipe"
    assert "exchanges.csv" in str(made)


def test_a_new_table_has_its_sheet_in_the_workbook_to_fill_in(own_method: Path, tmp_path: Path) -> None:
    write_template("circular_factory", tmp_path / "empty.xlsx", load_method(own_method), "en")
    sheet = load_workbook(tmp_path / "empty.xlsx")["Exchanges"]
    assert [str(c.value).split(" [")[0] for c in sheet[1][1:]][:3] == ["period", "firm", "kind"]


def test_a_new_table_is_checked_like_any_other(own_method: Path, folder: Path) -> None:
    row = {"period": 2020, **ROWS[0]}
    wrong = [{**row, "firm": "nobody"}, {**row, "mass": -1}, {**row, "kind": "heat"}, row, row]
    write_table(folder / "exchanges.csv", wrong)
    with pytest.raises(DataFaults) as caught:
        load_fieldlab(folder, load_method(own_method))
    found = {(fault.code, fault.where.file, fault.where.row) for fault in caught.value.faults}
    assert found == {
        ("UnknownReference", "exchanges.csv", 2),
        ("NegativeMass", "exchanges.csv", 3),
        ("UnknownCode", "exchanges.csv", 4),
        ("RepeatedRow", "exchanges.csv", 6),
    }


def test_without_the_new_table_its_figures_are_missing_and_not_zero(own_method: Path, folder: Path) -> None:
    (folder / "exchanges.csv").unlink()
    table = ce.assess(load_fieldlab(folder, load_method(own_method)), draws=100).indicators.set_index("indicator")
    counted = table.loc["exchanges_count"]
    assert set(counted["status"]) == {"missing"}
    assert set(counted["reason"]) == {"there is no table Exchanges"}


@pytest.mark.parametrize(
    ("old", "new", "key", "found"),
    [
        ("entity: firm", "entity: party", "exchanges: entity", "party"),
        ("entity: firm", "entity: kind", "exchanges: entity", "kind"),
        ("  row: {nl: uitwisseling, en: exchange}\n  entity: firm\n", "", "exchanges: entity", "empty"),
        ("  amount: mass\n  scope: kind", "  amount: weight\n  scope: kind", "exchanges: amount", "weight"),
        ("  amount: mass\n  scope: kind", "  amount: line\n  scope: kind", "exchanges: amount", "line"),
        ("  scope: kind", "  scope: sort", "exchanges: scope", "sort"),
    ],
)
def test_a_table_whose_entity_or_amount_is_not_a_column_of_its_kind_is_refused(
    own_method: Path, old: str, new: str, key: str, found: str
) -> None:
    replace_in(own_method / "tables.yaml", old, new)
    with pytest.raises(MethodFaults) as caught:
        load_method(own_method)
    (fault,) = [f for f in caught.value.faults if f.where.file == "tables.yaml"]
    assert (fault.where.key, str(fault.details["found"])) == (key, found) or found == "empty"


def test_a_sum_over_a_table_that_is_not_there_is_refused(own_method: Path) -> None:
    replace_in(
        own_method / "indicators" / "symbiosis.yaml",
        'table: exchanges, where: {kind: shared}, sum: "1"',
        'table: exchange, where: {kind: shared}, sum: "1"',
    )
    with pytest.raises(MethodFaults) as caught:
        load_method(own_method)
    (fault,) = caught.value.faults
    assert (fault.code, fault.details["found"], fault.details["expected"][0]) == (
        "UndefinedName",
        "exchange",
        "exchanges",
    )
