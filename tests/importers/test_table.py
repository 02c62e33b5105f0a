"""Any other table by a map: the public tables, the keys of a map, and what must always hold."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import circularity as ce
from circularity.errors import CircularityError, MapFaults
from circularity.importers.table import import_table
from circularity.ledger.balance import handed_on
from circularity.ledger.fieldlab import load_fieldlab
from tests.faults import raises

Read = Callable[[Path], list[dict[str, str]]]


@pytest.fixture(scope="module")
def maps(root: Path) -> Path:
    return root / "docs" / "maps"


# The public tables ----------------------------------------------------------------------------------------------------


def test_site_returns_become_handling_and_generate_nothing(shared: Path, maps: Path, tmp_path: Path) -> None:
    file = shared / "data" / "scotland-waste" / "waste-site-material-io.csv"
    made = import_table(file, maps / "scotland_site_returns.yaml", tmp_path / "lab")
    assert (made.report.rows_in, made.report.rows_kept) == (118_333, 118_332)
    assert made.report.rejected == {"out_of_range": 1}  # -8.56 t
    lab = load_fieldlab(tmp_path / "lab")
    tonnes = pd.read_csv(file)["tonnes"]
    passed = handed_on(lab)
    assert passed["handed_on"].sum() == pytest.approx(1000 * tonnes[tonnes >= 0].sum(), rel=1e-9)
    assert passed["generated"].sum() == 0
    # 730 rows name no material: kept as unknown.
    assert (lab.tables["flows"]["material"] == "unknown").sum() >= 730


def test_household_waste_gives_the_published_recycling_rate(shared: Path, maps: Path, tmp_path: Path) -> None:
    file = shared / "data" / "scotland-waste" / "household-waste.csv"
    made = import_table(file, maps / "scotland_household_waste.yaml", tmp_path / "lab")
    assert made.report.rows_in == made.report.rows_kept == 19_008
    result = ce.assess(load_fieldlab(tmp_path / "lab"), draws=100).indicators
    at = result[(result["level"] == "fieldlab") & (result["period"] == 2019)].set_index("indicator")
    # README of the data: 44.86 % of 2,421,207 t in 2019.
    assert at.at["output_mass", "value"] == pytest.approx(2_421_207_000, abs=1000)
    assert at.at["recycling_output_share", "value"] == pytest.approx(0.4486, abs=5e-5)


def test_modules_of_an_epd_are_quantities_of_their_own_and_d_is_not_added(
    shared: Path, maps: Path, tmp_path: Path
) -> None:
    file = shared / "data" / "buildings" / "br18_table7_epd.csv"
    made = import_table(file, maps / "epd_modules.yaml", tmp_path / "lab")
    assert (made.report.rows_in, made.report.rows_kept) == (4 * 450, 4 * 450)
    lab = load_fieldlab(tmp_path / "lab")
    read = lab.tables["measurements"]
    clt = read[read["entity"].str.startswith("B1318-")].set_index("quantity")["value"]
    assert dict(clt) == {"gwp_a1_a3": -664, "gwp_c3": 744, "gwp_c4": 0, "gwp_d": -387}
    assert clt[["gwp_a1_a3", "gwp_c3", "gwp_c4"]].sum() == 80  # README of the data
    raw = pd.read_csv(file)
    dashes = (raw.filter(like="Global Opvarmning") == "-").sum().sum()
    assert read["value"].isna().sum() == dashes == made.content["warnings"][0]["rows"]


def test_a_row_that_is_rejected_for_two_of_its_columns_is_twice_in_the_rejects(
    maps: Path, tmp_path: Path, rows_of: Read
) -> None:
    modules = ",".join(f'"Global Opvarmning, modul {module}"' for module in ("A1-A3", "C3", "C4", "D"))
    heading = f"Sorterings ID,Data type,Navn DK,{modules}"
    rows = "#1,x,Hout,1,2,3,4,5\n#2,x,Steen,1,bad,worse,4,5\n"
    (tmp_path / "epd.csv").write_text(f"{heading},Masse faktor\n{rows}", "utf-8")
    made = import_table(tmp_path / "epd.csv", maps / "epd_modules.yaml", tmp_path / "lab")
    assert (made.report.rows_in, made.report.rows_kept) == (8, 6)
    rejects = rows_of(tmp_path / "lab" / "rejects.csv")
    assert [(r["row"], r["reason"], r["Navn DK"]) for r in rejects] == [("3", "not_a_number", "Steen")] * 2


# A synthetic list of receipts -----------------------------------------------------------------------------------------

RECEIPTS = (
    "Facility RPA;Origin WPA;Site Name;Year;EWC Waste Code;Basic Waste Cat;Waste Description;Received\n"
    ";;;;;;;short tons\n"
    'North;Leeds;"Tip, old";2020;17 02 02;Hhold/Ind/Com;Glass;1.234,5\n'
    "North;Leeds;Tip;2020;170201*;Transferred;Wood;2,0\n"
    "North;York;Tip;????;170201;Hhold/Ind/Com;Wood;1\n"
    "North;York;Tip;2021;170201;Hhold/Ind/Com;Rock;-\n"
    "North;York;Tip;2021;170201;Other;Rock;3\n"
    "Total;York;Tip;2021;170201;Hhold/Ind/Com;Wood;99\n"
    "North;York;Tip;2021;170201;Hhold/Ind/Com;Wood\n"
)


def test_receipts_with_a_row_of_units_in_short_tons_and_missing_marks(
    maps: Path, tmp_path: Path, rows_of: Read
) -> None:
    file = tmp_path / "receipts.csv"
    file.write_bytes(("﻿" + RECEIPTS).encode())
    made = import_table(file, maps / "waste_receipts.yaml", tmp_path / "lab")
    assert made.report.rejected == {"no_value": 1, "not_mapped": 1, "left_out": 1, "row_length": 1}
    rejects = {r["reason"]: int(r["row"]) for r in rows_of(tmp_path / "lab" / "rejects.csv")}
    assert rejects == {"no_value": 5, "not_mapped": 7, "left_out": 8, "row_length": 9}
    flows = rows_of(tmp_path / "lab" / "flows.csv")
    assert [(f["mass"], f["unit"], f["role"]) for f in flows] == [
        ("1234.5", "short_ton", "residue"), ("2", "short_ton", "handling"), ("unknown", "short_ton", "residue"),
    ]  # fmt: skip
    assert [f["eural"] for f in flows] == ["170202", "170201", "170201"]
    lab = load_fieldlab(tmp_path / "lab")
    assert lab.tables["flows"]["mass"].iloc[0] * lab.mass_unit == pytest.approx(1234.5 * 907.18474, rel=1e-6)
    assert {w["warning"] for w in made.content["warnings"]} == {"otherwise", "mass_unknown"}


# The keys of a map ----------------------------------------------------------------------------------------------------

MAP: dict[str, Any] = {
    "fieldlab": {
        "id": "trial", "kind": "region", "nature": "synthetic", "name": {"nl": "Proef", "en": "Trial"},
        "about": {"nl": "Synthetisch.", "en": "Synthetic."}, "licence": "CC0", "confidentiality": "public",
        "sources": [{"title": "made for a test", "by": "the tests", "year": 2026, "licence": "CC0"}],
    },
    "table": "flows",
    "columns": {
        "period": {"from": "day", "date": "%d-%m-%Y"},
        "from": {"from": "firm", "short": True},
        "to": {"value": "market"},
        "role": {"value": "residue"},
        "material": {"from": "stuff", "codes": {"glas": "glass"}},
        "mass": {"from": "amount"},
        "unit": {"from": "unit"},
    },
    "beside": {"organisations": {"organisation": {"from": "firm", "short": True}, "name": {"from": "firm"}}},
}  # fmt: skip
TABLE = "day;firm;stuff;amount;unit\n01-02-2020;A & B;glas;1,5;t\n"


def changed(**changes: Any) -> dict[str, Any]:
    """The map with other values at keys joined by __; None removes one."""
    made: dict[str, Any] = yaml.safe_load(yaml.safe_dump(MAP))
    for path, value in changes.items():
        *above, last = path.split("__")
        place = made
        for key in above:
            place = place[key]
        if value is None:
            place.pop(last)
        else:
            place[last] = value
    return made


def run(tmp_path: Path, content: str = TABLE, map_: dict[str, Any] | None = None, **more: Any) -> Any:
    (tmp_path / "table.csv").write_text(content, encoding="utf-8")
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(map_ or MAP, allow_unicode=True), encoding="utf-8")
    return import_table(tmp_path / "table.csv", tmp_path / "map.yaml", tmp_path / "lab", **more)


def test_a_date_becomes_a_period_and_a_name_a_short_code(tmp_path: Path, rows_of: Read) -> None:
    run(tmp_path)
    (flow,) = rows_of(tmp_path / "lab" / "flows.csv")
    assert (flow["period"], flow["material"], flow["mass"]) == ("2020", "glass", "1.5")
    (firm,) = rows_of(tmp_path / "lab" / "organisations.csv")
    assert firm["organisation"] == flow["from"]
    assert firm["organisation"].startswith("A-B-")
    assert firm["name"] == "A & B"
    assert load_fieldlab(tmp_path / "lab")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"table": "flow"}, "table"),
        ({"columns__mas": {"from": "amount"}}, "columns.mas"),
        ({"columns__mass": None}, "columns"),
        ({"columns__mass__value": "3"}, "columns.mass"),
        ({"columns__to": {"by": "firm"}}, "columns.to"),
        ({"columns__period__date": "%d"}, "columns.period"),
        ({"columns__mass__frm": "amount"}, "columns.mass.frm"),
        ({"rows": [{"column": "firm"}]}, "rows.0"),
        ({"format": {"decimal": "x"}}, "format.decimal"),
        ({"format": {"encoding": "klingon"}}, "format.encoding"),
        ({"fieldlab__id": "../up"}, "fieldlab.id"),
        ({"fieldlab__kind": "regio"}, "fieldlab.kind"),
        ({"beside__organisations": None}, "beside"),
        ({"beside__nothing": {"x": {"value": "1"}}}, "beside.nothing"),
        ({"columns__material__codes_file": "../secret.csv"}, "columns.material.codes_file"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_fault_of_a_map_is_named_with_its_key(changes: dict[str, Any], key: str, tmp_path: Path) -> None:
    with pytest.raises(MapFaults) as caught:
        run(tmp_path, map_=changed(**changes))
    assert key in [fault.where.key for fault in caught.value]
    assert not (tmp_path / "lab").exists()


def test_every_fault_of_a_map_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(MapFaults) as caught:
        run(tmp_path, map_=changed(fieldlab__id="A B", columns__mas={"value": "1"}, table="flows", beside__x={}))
    assert len(caught.value) == 3


def test_a_heading_that_the_file_does_not_have_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(MapFaults, match="amount"):
        run(tmp_path, map_=changed(columns__mass={"from": "amout"}))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1-1-20x;A;glas;1;t", "not_a_period"),
        (";A;glas;1;t", "no_value"),
        ("01-02-2020;;glas;1;t", "no_value"),
        ("01-02-2020;A;gls;1;t", "not_mapped"),
        ("01-02-2020;A;glas;-1;t", "out_of_range"),
        ("01-02-2020;A;glas;1e308;t", "out_of_range"),
        ("01-02-2020;A;glas;NaN;t", "not_a_number"),
        ("01-02-2020;A;glas;1;MJ", "unknown_code"),
        ("01-02-2020;A;glas;1;tonne", "unknown_code"),
        ("01-02-2020;A & B;glas;1,5;t", "repeated_row"),
        ("01-02-2020;A;glas;1;t;x", "row_length"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_its_reason(row: str, reason: str, tmp_path: Path) -> None:
    made = run(tmp_path, f"{TABLE}{row}\n")
    assert made.report.rejected == {reason: 1}
    assert load_fieldlab(tmp_path / "lab")


def test_a_code_that_does_not_hold_in_the_year_of_its_row_is_rejected(tmp_path: Path) -> None:
    content = "day;firm;stuff;amount;unit;ewc\n01-02-2020;A;glas;1;t;17 02 02\n01-02-1999;A;glas;1;t;170202\n"
    made = run(tmp_path, content, changed(columns__eural={"from": "ewc"}))
    assert made.report.rejected == {"not_valid": 1}


def test_a_number_with_two_readings_is_rejected_unless_the_map_says_which(tmp_path: Path) -> None:
    content = "day;firm;stuff;amount;unit\n01-02-2020;A;glas;5;t\n01-02-2020;A;glas;1.234;t\n"
    assert run(tmp_path, content).report.rejected == {"two_ways": 1}
    shutil.rmtree(tmp_path / "lab")
    assert run(tmp_path, content, changed(format={"thousands": "."})).report.rows_kept == 2


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("foo,bar\n1,2\n", "NoWantedHeading", "firm.*amount.*Row 1 contains: foo, bar"),
        ("2020;3\n2021;4\n", "NoWantedHeading", "values rather than headings"),
        ("Tag;Firma;Stoff;Menge;Einheit\n1;2;3;4;t\n", "NoWantedHeading", "Tag.*Menge"),
        ("Report\n\nTag;Firma;Menge\n1;2;3\n4;5;6\n", "NoWantedHeading", "begin in row 3.*Tag, Firma, Menge"),
        (f"Report of 2020\n\n{TABLE}", "HeadingElsewhere", "heading_row: 3"),
        (f"\n{TABLE}", "HeadingElsewhere", "heading_row: 2"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_another_table_or_a_heading_in_another_row_is_named(
    content: str, code: str, said: str, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"table.{ending}"
    if ending == "csv":
        path.write_text(content, encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for line in content.splitlines():
            book.active.append(re.split("[;,]", line) if line else [None])
        book.save(path)
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(MAP), encoding="utf-8")
    with raises(code, match=said) as caught:
        import_table(path, tmp_path / "map.yaml", tmp_path / "lab")
    assert caught.value.text("nl")
    assert not (tmp_path / "lab").exists()


def test_a_map_of_constants_reads_a_row_for_every_row_of_the_file(tmp_path: Path, rows_of: Read) -> None:
    constants = {"period": "2020", "from": "a", "material": "glass", "mass": 1.5, "unit": "t"}
    map_ = changed(**{f"columns__{column}": {"value": value} for column, value in constants.items()})
    map_["beside"] = {"organisations": {"organisation": {"value": "a"}, "name": {"value": "A"}}}
    run(tmp_path, "x;y\n1;2\n3;4\n", map_)
    assert [f["mass"] for f in rows_of(tmp_path / "lab" / "flows.csv")] == ["1.5", "1.5"]


def test_a_number_cell_of_a_workbook_is_a_number_next_to_a_text_with_a_decimal_comma(
    tmp_path: Path, rows_of: Read
) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["day", "firm", "stuff", "amount", "unit"],
        *(["01-02-2020", "A", "glas", n, "t"] for n in (1.234, 3, "5,5", "1.234", "2,5")),
    ):
        book.active.append(row)
    book.save(tmp_path / "table.xlsx")
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(MAP), encoding="utf-8")
    made = import_table(tmp_path / "table.xlsx", tmp_path / "map.yaml", tmp_path / "lab")
    assert [f["mass"] for f in rows_of(tmp_path / "lab" / "flows.csv")] == ["1.234", "3", "5.5", "1234", "2.5"]
    (told,) = [w for w in made.content["warnings"] if w["warning"] == "notation"]
    assert told["rows"] == 1
    for part in ("amount", "table.xlsx", "2,5, 5,5"):
        assert part in told["sentence"]


def test_every_column_that_becomes_rows_has_a_notation_of_its_own(tmp_path: Path, rows_of: Read) -> None:
    codes = {"glas": "glass", "hout": "wood"}
    map_ = changed(columns__mass__from="value", columns__unit={"value": "t"}, columns__material__codes=codes)
    map_["unpivot"] = {"columns": {"dutch": "glas", "english": "hout"}, "name": "stuff", "value": "value"}
    rows = "1.234;1.234\n0,5;0.5\n1,5;1.5\n"
    content = "day;firm;dutch;english\n" + "".join(f"01-02-2020;A;{row}\n" for row in rows.splitlines())
    run(tmp_path, content, map_)
    masses = [f["mass"] for f in rows_of(tmp_path / "lab" / "flows.csv")]
    assert masses == ["1234", "1.234", "0.5", "0.5", "1.5", "1.5"]


def test_a_number_in_a_map_has_a_decimal_point_whatever_the_notation_of_the_file(tmp_path: Path, rows_of: Read) -> None:
    run(tmp_path, TABLE, changed(columns__mass={"value": 1.234}, format={"decimal": ","}))
    assert [f["mass"] for f in rows_of(tmp_path / "lab" / "flows.csv")] == ["1.234"]


def test_a_missing_mass_is_unknown_and_not_zero(tmp_path: Path, rows_of: Read) -> None:
    run(tmp_path, TABLE + "01-02-2020;A;glas;n/a;t\n", changed(missing=["n/a"]))
    assert [f["mass"] for f in rows_of(tmp_path / "lab" / "flows.csv")] == ["1.5", "unknown"]


def test_the_words_for_unknown_of_every_table_need_no_map(tmp_path: Path, rows_of: Read) -> None:
    words = ("onbekend", "Unknown", "n.b.", "N/A")
    made = run(tmp_path, TABLE + "".join(f"0{day}-03-2020;A;glas;{text};t\n" for day, text in enumerate(words, 1)))
    assert [f["mass"] for f in rows_of(tmp_path / "lab" / "flows.csv")] == ["1.5", *["unknown"] * 4]
    assert {w["warning"]: w["rows"] for w in made.content["warnings"]} == {"mass_unknown": 4}


def test_rows_that_only_the_map_made_alike_are_kept_and_distinguished(tmp_path: Path, rows_of: Read) -> None:
    made = run(tmp_path, TABLE + "05-06-2020;A & B;glas;1,5;t\n")
    assert made.report.rows_kept == 2
    assert [f["source"] for f in rows_of(tmp_path / "lab" / "flows.csv")] == ["", "table.csv, row 3"]
    assert load_fieldlab(tmp_path / "lab")


def test_a_name_that_only_rejected_rows_hold_may_not_be_referred_to(tmp_path: Path) -> None:
    map_ = changed(columns__to={"from": "to", "short": True}, columns__role={"value": "supply"})
    content = (
        "day;firm;stuff;amount;unit;to\n01-02-2020;A;glas;1;t;B\n01-02-2020;B;glas;x;t;A\n01-02-2020;C;glas;1;t;A\n"
    )
    with raises("AllRejected"):
        run(tmp_path, content, map_)


def test_masses_far_apart_keep_their_digits_in_parquet(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    run(tmp_path, TABLE + "01-02-2020;A;glas;0,001;g\n01-02-2020;A;glas;;t\n", form="parquet")
    part = pq.ParquetFile(tmp_path / "lab" / "flows" / "period=2020" / "part-0000.parquet")
    assert part.schema_arrow.metadata[b"circularity.mass_unit"] == b"1e-06"
    assert part.read()["mass"].to_pylist() == [1_500_000_000, 1, None]


CELL = st.one_of(
    st.sampled_from(["", "????", "=1+1", "1.234", "1,5", "1e308", "NaN", "01-02-2020", "glas", "t", "A & B", "../x",
                     "a\nb"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6),
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=8))
def test_any_cells_give_a_sound_fieldlab_and_a_whole_report(
    rows: list[list[str]], tmp_path: Path, rows_of: Read
) -> None:
    shutil.rmtree(tmp_path / "lab", ignore_errors=True)
    quoted = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    try:
        made = run(tmp_path, TABLE + "".join(line + "\n" for line in quoted))
    except CircularityError as problem:
        assert problem.text("nl")
        return
    assert made.report.rows_in == made.report.rows_kept + len(rows_of(tmp_path / "lab" / "rejects.csv"))
    load_fieldlab(tmp_path / "lab")
