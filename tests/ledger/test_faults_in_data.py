"""Every fault in the data is collected and named with file, row, column, what was found and what was expected."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circularity.errors import CircularityError, DataFaults
from circularity.ledger.fieldlab import load_fieldlab
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def faults(folder: Path) -> list[CircularityError]:
    with pytest.raises(DataFaults) as caught:
        load_fieldlab(folder)
    return list(caught.value)


@pytest.mark.parametrize(
    ("bad", "error", "column", "found"),
    [
        ({"mass": -5}, "NegativeMass", "mass", "-5"),
        ({"mass": "twelve"}, "NotANumber", "mass", "twelve"),
        ({"mass": "1,5"}, "NotANumber", "mass", "1,5"),
        ({"mass": "nan"}, "NotANumber", "mass", "nan"),
        ({"mass": "1e999"}, "NotANumber", "mass", "1e999"),
        ({"mass": "0x10"}, "NotANumber", "mass", "0x10"),
        ({"mass": ""}, "EmptyCell", "mass", None),
        ({"unit": "ton"}, "UnknownUnit", "unit", "ton"),
        ({"unit": "MJ"}, "UnknownUnit", "unit", "MJ"),
        ({"role": "inpt"}, "UnknownCode", "role", "inpt"),
        ({"origin": "recyled"}, "UnknownCode", "origin", "recyled"),
        ({"material": "unobtainium"}, "UnknownCode", "material", "unobtainium"),
        ({"material": ""}, "EmptyCell", "material", None),
        ({"from": "nobody"}, "UnknownReference", "from", "nobody"),
        ({"to": "GM0200"}, "WrongEnd", "to", "GM0200"),
        ({"to": "market"}, "SameParty", "to", "market"),
        ({"product": "nothing"}, "UnknownReference", "product", "nothing"),
        ({"period": "last year"}, "NotAPeriod", "period", "last year"),
        ({"period": 2019}, "PeriodNotDeclared", "period", "2019"),
        ({"uncertainty": 0.5}, "OutOfRange", "uncertainty", "0.5"),
        ({"reliability": 6}, "OutOfRange", "reliability", "6"),
        ({"reliability": 1.5}, "OutOfRange", "reliability", "1.5"),
        ({"eural": "1234"}, "UnknownCode", "eural", "1234"),
        ({"processing": "Z99"}, "UnknownCode", "processing", "Z99"),
    ],
)  # fmt: skip
def test_a_fault_in_a_flow_is_named_with_its_cell(
    bad: dict[str, Any], error: str, column: str, found: str | None, write_lab: Write, make_flow: Flow
) -> None:
    folder = write_lab(
        [make_flow(), make_flow(material="copper", **bad) if "material" not in bad else make_flow(**bad)]
    )
    named = {f.code: f for f in faults(folder)}
    assert error in named
    fault = named[error]
    assert (fault.where.file, fault.where.row, fault.where.column) == ("flows.csv", 3, column)
    if found is not None:
        assert fault.details["found"] == found
    for lang in ("nl", "en"):
        assert fault.text(lang).startswith("flows.csv")
        assert "{" not in fault.text(lang)


def test_all_faults_are_collected_in_one_reading(write_lab: Write, make_flow: Flow) -> None:
    rows = [make_flow(), make_flow(mass=-1), make_flow(mass="x"), make_flow(origin="?"), make_flow(role="?", unit="?")]
    found = faults(write_lab(rows))
    assert {(f.where.row, f.where.column) for f in found} >= {
        (3, "mass"),
        (4, "mass"),
        (5, "origin"),
        (6, "role"),
        (6, "unit"),
    }


def test_a_misspelt_code_is_answered_with_the_nearest(write_lab: Write, make_flow: Flow) -> None:
    (fault,) = faults(write_lab([make_flow(origin="recyled")]))
    assert "recycled" in fault.text("en")


@pytest.mark.parametrize(
    ("product", "error", "column"),
    [
        ({"mass": ""}, "ProductWithoutMass", "mass"),
        ({"mass": 0}, "OutOfRange", "mass"),
        ({"recycled_share": 1.2}, "OutOfRange", "recycled_share"),
        ({"recycled_share": 0.7, "reused_share": 0.5}, "SharesAboveOne", "reused_share"),
        ({"recycling_rate": 0.56, "reuse_rate": 0.60}, "SharesAboveOne", "reuse_rate"),
        ({"energy_rate": 0.1, "qualified_energy_rate": 0.2}, "PartLargerThanWhole", "qualified_energy_rate"),
        ({"lifetime": 0}, "OutOfRange", "lifetime"),
        ({"parent": "table"}, "PartOfItself", "parent"),
        ({"parent": "chair"}, "UnknownReference", "parent"),
        ({"unit": ""}, "EmptyCell", "unit"),
        ({"product": "../../etc"}, "UnsafeName", "product"),
    ],
)  # fmt: skip
def test_a_fault_in_a_product_is_named_with_its_cell(
    product: dict[str, Any], error: str, column: str, write_lab: Write, make_flow: Flow
) -> None:
    row = {"product": "table", "mass": 10, "unit": "kg", **product}
    named = {f.code: f for f in faults(write_lab([make_flow()], [row]))}
    assert error in named
    assert (named[error].where.file, named[error].where.row, named[error].where.column) == ("products.csv", 2, column)


def test_the_same_key_twice_names_both_rows(write_lab: Write, make_flow: Flow) -> None:
    product = {"product": "table", "mass": 10, "unit": "kg"}
    (fault,) = faults(write_lab([make_flow()], [product, product]))
    assert (fault.code, fault.where.row, fault.details["first"]) == ("DuplicateKey", 3, 2)
    organisations = [{"organisation": "factory", "name": "A"}, {"organisation": "factory", "name": "B"}]
    (fault,) = faults(write_lab([make_flow()], organisations=organisations, name="other"))
    assert fault.code == "DuplicateKey"


def test_a_flow_equal_to_another_in_every_column_is_a_fault(write_lab: Write, make_flow: Flow) -> None:
    (fault,) = faults(write_lab([make_flow(), make_flow(mass=5), make_flow()]))
    assert (fault.code, fault.where.row, fault.details["first"]) == ("RepeatedRow", 4, 2)
    assert load_fieldlab(write_lab([make_flow(source="a"), make_flow(source="b")], name="told-apart"))


def test_a_period_without_flows_is_a_fault(write_lab: Write, make_flow: Flow) -> None:
    (fault,) = faults(write_lab([make_flow()], periods=[2020, 2021]))
    assert (fault.code, fault.details["found"]) == ("PeriodWithoutFlows", 2021)


def test_flows_without_rows_are_one_fault(write_lab: Write) -> None:
    assert [f.code for f in faults(write_lab([]))] == ["EmptyTable"]


def test_missing_and_unknown_tables_and_columns_are_named(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow(colour="red")])
    (folder / "products.csv").unlink()
    (folder / "flow.csv").write_text("a\n1\n", encoding="utf-8")
    organisations = folder / "organisations.csv"
    organisations.write_text("organisation\nfactory\n", encoding="utf-8")
    named = {f.code: f for f in faults(folder)}
    assert named["MissingTable"].where.file == "products.csv"
    assert named["UnknownTable"].where.file == "flow.csv"
    assert named["UnknownColumn"].where.column == "colour"
    assert named["MissingColumn"].details["found"] == "name"


def test_a_part_without_its_whole_in_that_period_is_a_fault(write_lab: Write, make_flow: Flow) -> None:
    flows = [make_flow(), make_flow(period=2021)]
    products = [
        {"product": "table", "period": 2020, "mass": "", "unit": ""},
        {"product": "leg", "parent": "table", "period": 2020, "mass": 1, "unit": "kg"},
        {"product": "leg", "parent": "table", "period": 2021, "mass": 1, "unit": "kg"},
    ]
    (fault,) = faults(write_lab(flows, products, periods=[2020, 2021]))
    assert (fault.code, fault.where.row, fault.where.column) == ("NoWholeInPeriod", 4, "parent")


def test_no_folder_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with raises("FieldlabNotFound", match="nowhere"):
        load_fieldlab(tmp_path / "nowhere")
    with raises("EmptyFieldlab"):
        load_fieldlab(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("licence: CC0\n", "licence: CC0\ncolour: red\n", "UnknownKey"),
        ("kind: circular_factory", "kind: perpetuum_mobile", "WrongValue"),
        ("kind: circular_factory\n", "", "MissingKey"),
        ("id: test-lab", "id: ../../etc", "UnsafeName"),
        ("id: test-lab", "id: Test Lab", "UnsafeName"),
        ("nature: synthetic", "nature: invented", "WrongValue"),
        ("{nl: Testfabriek, en: Test factory}", "{nl: Testfabriek}", "MissingTranslation"),
        ("periods: [2020]", "periods: []", "WrongValue"),
        ("periods: [2020]", "periods: [2020, 2020]", "WrongValue"),
        ("licence: CC0\n", "licence: !!python/object/apply:os.system ['true']\n", "YamlTag"),
        ("licence: CC0\n", "licence: CC0\nlicence: CC1\n", "YamlDuplicateKey"),
        ("licence: CC0\n", "municipality: GM9999\nlicence: CC0\n", "WrongValue"),
    ],
)  # fmt: skip
def test_a_fault_in_the_description_is_named(old: str, new: str, error: str, write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    path = folder / "fieldlab.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = faults(folder)
    assert error in [f.code for f in found]
    assert all(f.where.file == "fieldlab.yaml" for f in found)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00", b'period,"from\n', b"period,period\n1,2\n"])
def test_a_table_that_is_no_table_is_named(content: bytes, write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    (folder / "flows.csv").write_bytes(content)
    assert all(f.where.file == "flows.csv" for f in faults(folder))


def test_a_row_longer_than_its_heading_is_named(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    with (folder / "organisations.csv").open("a", encoding="utf-8") as stream:
        stream.write("second,Second,x,y,z\n")
    (fault,) = [f for f in faults(folder) if f.code == "RowLength"]
    assert fault.where.row == 3


def test_a_byte_order_mark_spaces_and_empty_lines_are_harmless(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    path = folder / "organisations.csv"
    path.write_bytes(b"\xef\xbb\xbforganisation, name \n\n factory , Factory \n,\n")
    assert load_fieldlab(folder).tables["organisations"]["name"].tolist() == ["Factory"]


CELLS = st.text(max_size=8) | st.sampled_from(
    [
        "",
        "unknown",
        "onbekend",
        "-1",
        "1e308",
        "NaN",
        "=1+1",
        "@x",
        "2020",
        "kg",
        "input",
        "factory",
        "0",
        "1.5",
        "\x00",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            dict.fromkeys(("period", "from", "to", "role", "material", "mass", "unit", "origin", "uncertainty"), CELLS)
        ),
        max_size=4,
    )
)
def test_no_table_of_text_gets_past_with_anything_but_named_faults(
    rows: list[dict[str, str]], write_lab: Write
) -> None:
    folder = write_lab(rows)
    try:
        load_fieldlab(folder)
    except DataFaults as found:
        assert len(found) > 0
        assert all(f.where.file for f in found)
