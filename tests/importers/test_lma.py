"""Reports of receipt: the published test set, the rules one by one, and what must always hold."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import circularity as ce
from circularity.errors import ImporterError
from circularity.importers.lma import import_lma
from circularity.ledger.balance import handed_on
from circularity.ledger.fieldlab import load_fieldlab
from circularity.method.load import load_method
from circularity.tables.source_table import Format
from tests.faults import raises

Report = Callable[..., dict[str, str]]
Import = Callable[..., Any]
Read = Callable[[Path], list[dict[str, str]]]


@pytest.fixture(scope="module")
def sample(shared: Path) -> Path:
    return shared / "data" / "lma-format-sample"


@pytest.fixture(scope="module")
def sample_lab(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "lma"
    import_lma([sample / "1_full_dataset.xlsx"], folder)
    return folder


def numbers_in(path: Path) -> set[int]:
    """The rows of a published step by their number in the first file."""
    return set(pd.read_excel(path, engine="calamine").iloc[:, 0])


# The test set of rusne/lma-data-pipeline at 87602d7: 88 rows, 66 after its filter, 63 after its cleaning. -------------


def test_the_published_steps_are_reproduced_row_by_row(sample: Path, sample_lab: Path, rows_of: Read) -> None:
    rejects = rows_of(sample_lab / "rejects.csv")
    # Row 2 of the sheet is the first under the heading, which the published files number 0.
    by_step = {step: {int(r["row"]) - 2 for r in rejects if r["step"] == step} for step in ("filter", "clean")}
    everything = set(range(88))
    assert everything - by_step["filter"] == numbers_in(sample / "2_filtered_dataset.xlsx")
    assert everything - by_step["filter"] - by_step["clean"] == numbers_in(sample / "3_cleaned_dataset.xlsx")
    assert [len(by_step[s]) for s in ("filter", "clean")] == [22, 3]


def test_every_dropped_row_of_the_test_set_has_its_reason(sample_lab: Path, rows_of: Read) -> None:
    assert Counter(r["reason"] for r in rows_of(sample_lab / "rejects.csv")) == {
        "no_owner_postcode": 7, "no_processor": 2, "no_processor_postcode": 2, "heavy_load": 6, "small_mass": 3,
        "light_load": 2, "owner_not_a_name": 3,
    }  # fmt: skip


def test_the_mass_kept_is_that_of_the_published_cleaned_rows(sample: Path, sample_lab: Path, import_json: Any) -> None:
    published = pd.read_excel(sample / "3_cleaned_dataset.xlsx", engine="calamine")["Gewicht_KG"].sum()
    mass = import_json(sample_lab)["mass"]
    assert mass["generated_kg"] + mass["handed_on_kg"] == published


def test_the_imported_test_set_is_a_sound_fieldlab_with_figures(sample_lab: Path) -> None:
    lab = load_fieldlab(sample_lab)
    assert len(lab.tables["flows"]) == 63
    result = ce.assess(lab, draws=100).indicators
    output = result[(result["indicator"] == "output_mass") & (result["level"] == "fieldlab")]
    kept = sum(output["value"])
    assert kept == pytest.approx(lab.tables["flows"]["mass"].sum() * lab.mass_unit)


def test_filtered_rows_pass_again_and_cleaning_drops_the_same_three(sample: Path, tmp_path: Path) -> None:
    made = import_lma([sample / "2_filtered_dataset.xlsx"], tmp_path / "lab")
    assert (made.report.rows_in, made.report.rows_kept) == (66, 63)
    assert made.report.rejected == {"owner_not_a_name": 3}


def test_a_workbook_and_its_csv_give_the_same_flows(sample: Path, tmp_path: Path, sample_lab: Path) -> None:
    table = pd.read_excel(sample / "1_full_dataset.xlsx", engine="calamine", dtype=object)
    table.to_csv(tmp_path / "full.csv", index=False, sep=";", encoding="cp1252", errors="replace")
    import_lma([tmp_path / "full.csv"], tmp_path / "lab")
    assert (tmp_path / "lab" / "flows.csv").read_bytes() == (sample_lab / "flows.csv").read_bytes()


# The rules, one by one ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Ontdoener": ""}, "no_owner"),
        ({"Verwerker": " "}, "no_processor"),
        ({"Ontdoener_Postcode": "nan"}, "no_owner_postcode"),
        ({"Verwerker_Postcode": ""}, "no_processor_postcode"),
        ({"Herkomst_Plaats": "Epe"}, "no_site_postcode"),
        ({"year": "????"}, "no_year"),
        ({"year": "20201"}, "not_a_year"),
        ({"MeldPeriodeMAAND": ""}, "no_month"),
        ({"MeldPeriodeMAAND": "13"}, "not_a_month"),
        ({"kg": ""}, "no_mass"),
        ({"kg": "veel"}, "not_a_number"),
        ({"kg": "1e308", "loads": "1e305"}, "too_heavy"),
        ({"kg": "-5"}, "small_mass"),
        ({"kg": "0"}, "small_mass"),
        ({"loads": "0"}, "few_loads"),
        ({"loads": ""}, "no_loads"),
        ({"kg": "30001"}, "heavy_load"),
        ({"kg": "10", "loads": "11"}, "light_load"),
        ({"Ontdoener": "24/7"}, "owner_not_a_name"),
        ({"Verwerker": "B.V."}, "processor_not_a_name"),
        ({"eural": ""}, "no_eural"),
        ({"eural": "17.04"}, "not_a_eural"),
        ({"eural": "170499"}, "unknown_eural"),
        ({"year": "1999"}, "not_valid"),
    ],
)
def test_a_row_that_breaks_a_rule_is_rejected_for_it(
    change: dict[str, str], reason: str, imported: Import, make_report: Report
) -> None:
    made = imported([make_report(), make_report(**change)])
    assert made.report.rejected == {reason: 1}
    assert made.report.rows_kept == 1


@pytest.mark.parametrize(
    "change",
    [{"kg": "30000"}, {"kg": "1", "loads": "1"}, {"kg": "60000", "loads": "2"}, {"Ontdoener": "Café Zür"},
     {"eural": "20304"}, {"eural": "17 04 05*"}, {"code": "zz"}, {"MeldPeriodeMAAND": "01"}, {"year": "2020.0"}],
)  # fmt: skip
def test_a_row_at_the_edge_of_a_rule_is_kept(change: dict[str, str], imported: Import, make_report: Report) -> None:
    assert imported([make_report(**change)]).report.rows_kept == 1


def test_the_variant_of_41_tonnes_a_load_keeps_what_30_tonnes_rejects(
    imported: Import, make_report: Report, write_reports: Any, tmp_path: Path
) -> None:
    path = write_reports([make_report(), make_report(kg="41000"), make_report(kg="41001")])
    assert import_lma([path], tmp_path / "a").report.rows_kept == 1
    assert import_lma([path], tmp_path / "b", variant="t41").report.rows_kept == 2
    with raises("UnknownVariant", match="t41"):
        import_lma([path], tmp_path / "c", variant="t99")


def test_a_short_eural_code_gets_its_zero_back(imported: Import, make_report: Report, rows_of: Read) -> None:
    made = imported([make_report(eural="20304")])
    assert rows_of(made.folder / "flows.csv")[0]["eural"] == "020304"


def test_a_eural_code_that_does_not_exist_is_named_with_the_nearest(
    method_copy: Path, imported: Import, make_report: Report, rows_of: Read
) -> None:
    (method_copy / "vocabulary" / "eural.csv").write_text(
        "code,parent,nl,en,hazardous,source\n17,,bouw,construction,,eural\n170405,17,staal,steel,no,eural\n"
        "170409,17,vervuild metaal,dirty metal,yes,eural\n", encoding="utf-8",
    )  # fmt: skip
    made = imported(
        [make_report(), make_report(eural="170409"), make_report(eural="170408")], method=load_method(method_copy)
    )
    assert made.report.rejected == {"unknown_eural": 1}
    (reject,) = rows_of(made.folder / "rejects.csv")
    assert "170405" in reject["sentence"] or "170409" in reject["sentence"]
    flows = load_fieldlab(made.folder, load_method(method_copy)).tables["flows"]
    assert flows["hazardous"].tolist() == ["non_hazardous", "hazardous"]  # as the list says


def test_an_unknown_processing_method_is_kept_as_unknown_with_a_warning(
    imported: Import, make_report: Report, rows_of: Read
) -> None:
    made = imported([make_report(code="Z99"), make_report(code="", kg="2")])
    assert [r["processing"] for r in rows_of(made.folder / "flows.csv")] == ["unknown", "unknown"]
    (warning,) = made.content["warnings"]
    assert (warning["warning"], warning["rows"]) == ("unknown_processing", 2)
    assert "Z99" in warning["sentence"]


def test_a_destination_is_written_only_where_the_processing_leaves_one(
    imported: Import, make_report: Report, rows_of: Read
) -> None:
    made = imported([make_report(code=c, kg=k) for c, k in (("G01", 1), ("F07", 2), ("C03", 3), ("A02", 4))])
    found = [r["destination"] for r in rows_of(made.folder / "flows.csv")]
    assert found == ["landfill", "energy_recovery", "unknown", "unknown"]


def test_a_copy_of_a_row_is_rejected_and_another_month_is_not(imported: Import, make_report: Report) -> None:
    made = imported([make_report(), make_report(), make_report(MeldPeriodeMAAND="2"), make_report(BenamingAfval="x")])
    assert made.report.rejected == {"repeated_row": 2}


def test_collection_on_a_route_is_marked_in_the_quality_of_the_place(
    imported: Import, make_report: Report, rows_of: Read
) -> None:
    made = imported([make_report(), make_report(RouteInzameling="J", kg="5")])
    assert [r["geographical"] for r in rows_of(made.folder / "flows.csv")] == ["1", "5"]
    assert made.content["mass"]["route_collection_kg"] == 5


# Parties and handling -------------------------------------------------------------------------------------------------


def test_the_same_party_has_the_same_code_in_every_file_however_its_name_is_written(
    tmp_path: Path, make_report: Report, write_reports: Any, rows_of: Read
) -> None:
    names = ["Bakker B.V.", "BAKKER BV", " bakker,  b.v. ", "Bäkker BV"]
    codes = set()
    for number, name in enumerate(names):
        path = write_reports([make_report(name, Ontdoener_Postcode="1234ab")], f"{number}.csv")
        import_lma([path], tmp_path / str(number))
        codes.add(rows_of(tmp_path / str(number) / "organisations.csv")[0]["organisation"])
    assert len(codes) == 1
    other = write_reports([make_report("Bakker BV", Ontdoener_Postcode="1234AC")], "other.csv")
    import_lma([other], tmp_path / "other")
    assert rows_of(tmp_path / "other" / "organisations.csv")[0]["organisation"] not in codes


def chain(make_report: Report, **last: str) -> list[dict[str, str]]:
    """Ten tonnes from a firm by way of a transfer station to a plant."""
    station = {"Ontdoener_Postcode": "7201AA"}
    return [
        make_report("Bakker BV", "Overslag BV", kg="10000", code="A02"),
        make_report("Overslag B.V.", "Oven BV", kg="10000", code="F07", **{**station, **last}),
    ]


def test_a_hand_over_chain_counts_a_tonne_once(imported: Import, make_report: Report) -> None:
    made = imported(chain(make_report))
    assert made.content["mass"]["generated_kg"] == made.content["mass"]["handed_on_kg"] == 10_000
    lab = load_fieldlab(made.folder)
    result = ce.assess(lab, draws=100).indicators
    output = result[(result["indicator"] == "output_mass") & (result["level"] == "fieldlab")]
    assert list(output["value"]) == [10_000]
    (row,) = handed_on(lab).to_dict("records")
    assert (row["generated"], row["handed_on"]) == (10_000, 10_000)


@pytest.mark.parametrize(
    ("last", "by_reading"),
    [
        ({}, {"code": 10_000, "chapter": 10_000, "any": 10_000, "never": 0}),
        ({"eural": "170401"}, {"code": 0, "chapter": 10_000, "any": 10_000, "never": 0}),
        ({"eural": "200301"}, {"code": 0, "chapter": 0, "any": 10_000, "never": 0}),
        ({"eural": "191202"}, {"code": 10_000, "chapter": 10_000, "any": 10_000, "never": 10_000}),
    ],
)
def test_the_mass_handed_on_is_reported_by_every_reading(
    last: dict[str, str], by_reading: dict[str, int], imported: Import, make_report: Report
) -> None:
    assert imported(chain(make_report, **last)).content["mass"]["handed_on_kg_by_reading"] == by_reading


def test_a_site_that_makes_waste_of_its_own_is_organisation_and_partner_under_one_code(
    imported: Import, make_report: Report, rows_of: Read
) -> None:
    made = imported([*chain(make_report), make_report("Overslag BV", eural="200301", Ontdoener_Postcode="7201AA")])
    own = {r["name"]: r["organisation"] for r in rows_of(made.folder / "organisations.csv")}
    partner = {r["name"]: r["partner"] for r in rows_of(made.folder / "partners.csv")}
    assert own["Overslag BV"][1:] in {code[1:] for code in partner.values()}
    assert load_fieldlab(made.folder)


def test_what_is_handed_on_beyond_what_was_received_is_reported(imported: Import, make_report: Report) -> None:
    rows = chain(make_report)
    rows[1]["Gewicht_KG"] = "12000"
    assert imported(rows).content["mass"]["handed_on_beyond_received_kg"] == 2000


# Forms ----------------------------------------------------------------------------------------------------------------


def test_parquet_holds_the_same_flows_as_csv_in_whole_grams_by_period(
    tmp_path: Path, make_report: Report, write_reports: Any
) -> None:
    rows = [make_report(kg=f"{i},{i}", year=str(2019 + i % 2), code="G01") for i in range(1, 9)]
    path = write_reports(rows)
    import_lma([path], tmp_path / "csv", form="csv")
    import_lma([path], tmp_path / "pq", form="parquet")
    text = pd.read_csv(tmp_path / "csv" / "flows.csv", dtype={"eural": str})
    parts = sorted((tmp_path / "pq" / "flows").rglob("*.parquet"))
    assert [p.relative_to(tmp_path / "pq").as_posix() for p in parts] == [
        "flows/period=2019/part-0000.parquet",
        "flows/period=2020/part-0000.parquet",
    ]
    for part in parts:
        assert pq.ParquetFile(part).schema_arrow.metadata[b"circularity.mass_unit"] == b"0.001"
        assert str(pq.ParquetFile(part).schema_arrow.field("mass").type) == "int64"
    read = pd.concat([pq.ParquetFile(p).read().to_pandas().assign(period=int(p.parent.name[-4:])) for p in parts])
    assert sorted(read["mass"]) == sorted((text["mass"] * 1000).round().astype(int))
    assert "unit" not in read
    assert set(read["source"]) == set(text["source"])


def test_the_imported_parquet_is_the_same_ledger_as_the_imported_csv(
    tmp_path: Path, make_report: Report, write_reports: Any
) -> None:
    rows = [make_report(f"Bakker {i % 3}", kg=f"{i * 100}", code="G01") for i in range(1, 20)]
    path = write_reports([*rows, *chain(make_report)])
    results = []
    for form in ("csv", "parquet"):
        import_lma([path], tmp_path / form / "lab", form=form)  # type: ignore[arg-type]
        results.append(ce.assess(load_fieldlab(tmp_path / form / "lab"), draws=100).indicators)
        passed = handed_on(load_fieldlab(tmp_path / form / "lab"))
        assert list(passed["handed_on"]) == [10_000]
    # The rows of a dataset are condensed before anything is drawn, so only the ends of intervals may differ.
    drawn = ["low", "high", "coverage"]
    pd.testing.assert_frame_equal(*(table.drop(columns=drawn) for table in results))
    assert list(results[0]["coverage"].dropna()) == pytest.approx(list(results[1]["coverage"].dropna()))


def test_the_same_files_give_the_same_bytes(tmp_path: Path, make_report: Report, write_reports: Any) -> None:
    path = write_reports([make_report(kg=str(i), code="G01") for i in range(1, 50)])
    for name in ("a", "b"):
        import_lma([path], tmp_path / name / "lab", form="parquet")
    for made in sorted((tmp_path / "a").rglob("*")):
        if made.is_file():
            assert made.read_bytes() == (tmp_path / "b" / made.relative_to(tmp_path / "a")).read_bytes(), made.name


def test_an_import_takes_the_place_of_an_earlier_one_and_of_nothing_else(
    imported: Import, make_report: Report, tmp_path: Path, rows_of: Read
) -> None:
    imported([make_report()], form="parquet")
    made = imported([make_report(kg="5")])
    assert [r["mass"] for r in rows_of(made.folder / "flows.csv")] == ["5"]
    assert not (made.folder / "flows").exists()
    shutil.rmtree(made.folder)
    made.folder.mkdir()
    (made.folder / "mine.txt").write_text("x", encoding="utf-8")
    with raises("FolderInUse"):
        imported([make_report()])


def test_a_measurement_that_was_filled_in_stays(imported: Import, make_report: Report) -> None:
    made = imported([make_report()])
    own = "entity,period,quantity,value,unit\n"
    (made.folder / "measurements.csv").write_text(own, encoding="utf-8")
    imported([make_report()])
    assert (made.folder / "measurements.csv").read_text(encoding="utf-8") == own


def test_rejects_hold_all_cells_as_they_were_and_no_formula(
    imported: Import, make_report: Report, rows_of: Read
) -> None:
    bad = make_report("=cmd|' /C calc'!A0", year="", BenamingAfval="+1", Ontdoener_Straat="@x")
    made = imported([make_report(), bad, make_report("=HYPERLINK(1) x", kg="7")], lang="nl")
    (reject,) = rows_of(made.folder / "rejects.csv")
    assert (reject["file"], reject["row"], reject["sentence"]) == (
        "export.csv", "3", "Het jaar ontbreekt (gevonden: '').",
    )  # fmt: skip
    assert reject["Ontdoener"] == "'=cmd|' /C calc'!A0"
    assert (reject["BenamingAfval"], reject["Ontdoener_Straat"], reject["Ontdoener_Plaats"]) == (
        "'+1",
        "'@x",
        "Zutphen",
    )
    names = [r["name"] for r in rows_of(made.folder / "organisations.csv")]
    assert "'=HYPERLINK(1) x" in names


def test_when_no_row_is_left_the_rejects_say_why_and_no_fieldlab_is_made(imported: Import, make_report: Report) -> None:
    with raises("AllRejected"):
        imported([make_report(year="")])


def test_a_number_cell_is_not_read_by_the_notation_of_texts_in_its_column(
    tmp_path: Path, make_report: Report, rows_of: Read
) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(make_report()))
    for mass in (812.125, "640,5", "641,5"):
        book.active.append([mass if c == "Gewicht_KG" else v for c, v in make_report().items()])
    book.save(tmp_path / "export.xlsx")
    made = import_lma([tmp_path / "export.xlsx"], tmp_path / "lab")
    assert not made.report.rejected
    assert [f["mass"] for f in rows_of(tmp_path / "lab" / "flows.csv")] == ["812.125", "640.500", "641.500"]


def test_the_notation_of_one_file_says_nothing_of_another(
    tmp_path: Path, make_report: Report, write_reports: Any, rows_of: Read
) -> None:
    masses = {
        "dutch.csv": ("1.234", "640,5", "641,5"),
        "english.csv": ("1.235", "640.25", "641.25"),
        "thin.csv": ("1.236", "5"),
    }
    files = [write_reports([make_report(kg=kg) for kg in given], name) for name, given in masses.items()]
    made = import_lma(files, tmp_path / "lab")
    assert made.report.rejected == {"two_ways": 1}
    kept = [float(f["mass"]) for f in rows_of(tmp_path / "lab" / "flows.csv")]
    assert kept == [1234, 640.5, 641.5, 1.235, 640.25, 641.25, 5]
    told = [w["sentence"] for w in made.content["warnings"] if w["warning"] == "notation"]
    assert [("dutch.csv" in s, "english.csv" in s) for s in told] == [(True, False), (False, True)]


def test_two_files_are_one_import_with_rows_by_file(
    tmp_path: Path, make_report: Report, write_reports: Any, rows_of: Read
) -> None:
    first = write_reports([make_report(), make_report(year="")], "first.csv")
    second = write_reports([make_report(), make_report(kg="0")], "second.csv", ",")
    made = import_lma([first, second], tmp_path / "lab")
    assert made.report.rejected == {"no_year": 1, "repeated_row": 1, "small_mass": 1}
    found = [(r["file"], r["row"]) for r in rows_of(tmp_path / "lab" / "rejects.csv")]
    assert found == [("first.csv", "3"), ("second.csv", "2"), ("second.csv", "3")]


def test_a_file_without_a_column_that_is_needed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Ontdoener;Verwerker;OntdoenerPostcode\na;b;c\n", encoding="utf-8")
    with raises("DataFaults", match="Ontdoener_Postcode.*OntdoenerPostcode") as caught:
        import_lma([path], tmp_path / "lab")
    assert {fault.code for fault in caught.value} == {"MissingColumn"}
    assert "EuralCode" in [fault.details["found"] for fault in caught.value]


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_an_export_without_a_heading_row_is_refused(rows: int, tmp_path: Path, make_report: Report) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{';'.join(make_report().values())}\n" * rows, encoding="utf-8")
    with raises("NoWantedHeading", match="Ontdoener.*Bakker BV.*values rather than headings"):
        import_lma([path], tmp_path / "lab")
    assert not (tmp_path / "lab").exists()


def test_an_export_under_a_title_is_read_when_its_heading_row_is_given(tmp_path: Path, make_report: Report) -> None:
    path = tmp_path / "x.csv"
    lines = ["Ontvangstmeldingen 2020", "", ";".join(make_report()), ";".join(make_report().values())]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    with raises("HeadingElsewhere", match="--heading-row 3"):
        import_lma([path], tmp_path / "lab")
    assert import_lma([path], tmp_path / "lab", format_=Format(heading_row=3)).report.rows_kept == 1


# What must always hold ------------------------------------------------------------------------------------------------

CELL = st.one_of(
    st.sampled_from(
        ["", "nan", "????", "-", "=1+1", "1.234", "1,5", "1 000", "1e308", "NaN", "170405", "2020", "12", "J",
         "../../x",
         "a\nb", 'say "x"', "\u00a0", "\u200b", "é", "\u202e", "0", "-1", "G01"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
)  # fmt: skip
ROW = st.tuples(
    st.sampled_from(["Bakker BV", "Overslag", "Oven", "24/7"]),
    st.dictionaries(st.sampled_from(["kg", "loads", "year", "eural", "code", "Ontdoener", "Verwerker",
                                     "Herkomst_Straat",
                                     "MeldPeriodeMAAND", "Ontdoener_Postcode", "RouteInzameling"]), CELL, max_size=3),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=12))
def test_rows_in_are_rows_kept_and_rows_rejected_and_no_mass_is_lost(
    rows: list[Any], make_report: Report, write_reports: Any, tmp_path: Path, rows_of: Read
) -> None:
    path = write_reports([make_report(owner, **change) for owner, change in rows])
    folder = tmp_path / "lab"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        made = import_lma([path], folder)
    except ImporterError:
        assert len(rows_of(folder / "rejects.csv")) == len(rows)
        return
    assert made.report.rows_in == len(rows)
    assert made.report.rows_kept + len(rows_of(folder / "rejects.csv")) == len(rows)
    flows = rows_of(folder / "flows.csv")
    assert len(flows) == made.report.rows_kept
    mass = made.content["mass"]
    assert sum(round(float(f["mass"]) * 1000) for f in flows) == round(
        (mass["generated_kg"] + mass["handed_on_kg"]) * 1000
    )
    assert all(float(f["mass"]) >= 1 for f in flows)
    load_fieldlab(folder)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_cut_or_changed_anywhere_gives_a_report_or_a_named_error(
    data: st.DataObject, make_report: Report, write_reports: Any, tmp_path: Path
) -> None:
    content = write_reports([make_report(kg=str(i)) for i in range(1, 5)]).read_bytes()
    place = data.draw(st.integers(0, len(content)))
    inserted = data.draw(st.sampled_from([b"", b'"', b";", b"\n", b"\xff", b"\x00", b"\r", b"\xef\xbb\xbf", b";;;;\n"]))
    cut = data.draw(st.booleans())
    path = tmp_path / "changed.csv"
    path.write_bytes(content[:place] + inserted + (b"" if cut else content[place:]))
    folder = tmp_path / "lab2"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        made = import_lma([path], folder)
    except ce.errors.CircularityError as problem:
        assert problem.text("nl")
        return
    assert made.report.rows_in == made.report.rows_kept + made.report.rows_rejected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)))
def test_the_order_of_rows_changes_no_total(
    order: list[int], make_report: Report, write_reports: Any, tmp_path: Path
) -> None:
    rows = [
        *chain(make_report),
        *(make_report(kg=str(k), eural=e) for k, e in ((1, "191202"), (2, "200301"), (3, "x"), (0, "170405"))),
    ]
    made = import_lma([write_reports([rows[i] for i in order])], tmp_path / "lab")
    assert made.content["mass"]["generated_kg"] == 10_002
    assert made.content["mass"]["handed_on_kg"] == 10_001


def test_a_quotation_mark_that_is_not_closed_is_an_error_with_its_row(
    tmp_path: Path, make_report: Report, write_reports: Any
) -> None:
    path = write_reports([make_report(), make_report(kg="2"), make_report(kg="3")])
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[2] = '"' + lines[2]
    path.write_text("".join(lines), encoding="utf-8")
    with raises("NotReadable") as caught:
        import_lma([path], tmp_path / "lab")
    assert caught.value.where.row == 3
