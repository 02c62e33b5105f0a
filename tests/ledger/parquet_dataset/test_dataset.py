"""A ledger of Parquet files: what it may hold, and what is refused."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import circularity as ce
from circularity.cli import main
from circularity.errors import CircularityError
from circularity.ledger.balance import handed_on
from circularity.ledger.fieldlab import load_fieldlab
from circularity.method.load import Method

Faults = Callable[[Path], list[CircularityError]]
Write = Callable[..., Path]


def only(faults: list[CircularityError], kind: str) -> CircularityError:
    assert [f.code for f in faults] == [kind], [str(f) for f in faults]
    return faults[0]


def part(folder: Path, period: int = 2020) -> Path:
    return folder / "flows" / f"period={period}" / "part-0000.parquet"


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path, partitioning=None)), path)


# One ledger, two forms ------------------------------------------------------------------------------------------


def as_dataset(source: Path, target: Path) -> Path:
    """The fieldlab with its flows as a dataset in whole grams."""
    lab = load_fieldlab(source)
    shutil.copytree(source, target)
    (target / "flows.csv").unlink()
    flows, spec = lab.tables["flows"], lab.method.tables["flows"].columns
    for period, rows in flows.sample(frac=1, random_state=1).groupby("period"):
        columns = {}
        for column in (c for c in spec if c not in ("period", "mass", "unit")):
            type_ = pa.float64() if rows[column].dtype == float else pa.string()
            columns[column] = pa.array([None if v != v or v == "" else v for v in rows[column]], type_)
        masses = [int(m) if known else None for m, known in zip(rows["mass"], rows["mass_known"], strict=True)]
        table = pa.table({**columns, "mass": pa.array(masses, pa.int64())})
        part(target, period).parent.mkdir(parents=True)
        pq.write_table(
            table.replace_schema_metadata({"circularity.mass_unit": str(lab.mass_unit)}), part(target, period)
        )
    return target


def test_a_ledger_without_two_rows_alike_gives_the_same_bytes_as_csv_and_as_dataset(root: Path, tmp_path: Path) -> None:
    source = root / "data" / "pv-module-factory"
    lab, large = load_fieldlab(source), load_fieldlab(as_dataset(source, tmp_path / "large"))
    assert large.condensed
    assert not lab.condensed
    one, other = (ce.assess(x, draws=200).indicators.to_csv() for x in (lab, large))
    assert one == other
    assert lab.digest != large.digest


def test_rows_that_the_method_cannot_tell_apart_give_the_same_values_and_nearly_the_same_intervals(
    write_lab: Write, write_dataset: Write, make_flow: Callable[..., dict[str, Any]]
) -> None:
    flows = [make_flow(mass=100 + i, uncertainty=1.5, origin=("recycled", "nonrenewable")[i % 2], source=f"row {i}")
             for i in range(60)]  # fmt: skip
    plain = ce.assess(load_fieldlab(write_lab(flows)), draws=4000).indicators
    large = ce.assess(load_fieldlab(write_dataset(flows, name="large")), draws=4000).indicators
    numbers = ["value", "coverage"]
    assert plain[numbers].equals(large[numbers])
    assert list(plain["reason"]) == list(large["reason"])
    share = (plain["indicator"] == "secondary_input_share") & (plain["status"] == "ok")
    assert share.sum() == 2
    width = plain["high"] - plain["low"]
    for end in ("low", "high"):
        assert ((plain[end] - large[end]).abs()[share] < 0.1 * width[share]).all()
    assert load_fieldlab(write_dataset(flows, name="again")).row_counts["flows"] == 60


def test_the_number_of_rows_is_that_of_the_data(write_dataset: Write, make_flow: Callable[..., dict[str, Any]]) -> None:
    flows = [make_flow(mass=m) for m in (1, 2, 2, None, None)]
    lab = load_fieldlab(write_dataset(flows))
    assert lab.row_counts["flows"] == 5
    assert lab.tables["flows"][["mass", "mass_known", "rows"]].to_numpy().tolist() == [[5000, True, 3], [0, False, 2]]
    result = ce.assess(lab, draws=100)
    reasons = result.indicators.set_index(["indicator", "level"])["reason"]
    assert reasons["input_mass", "fieldlab"] == "the mass of 2 of the 5 flows is unknown"
    assert [r.kind for r in lab.warnings if r.where.column == "mass"] == ["mass_unknown"]
    assert "2 rows, of 5" in next(r for r in lab.warnings if r.kind == "mass_unknown").text("en")
    assert "5 rows" in next(r for r in lab.warnings if r.kind == "taken_together").text("en")


def test_an_explanation_counts_rows_and_shows_groups(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]]
) -> None:
    flows = [make_flow(mass=m, origin=o) for o in ("recycled", "nonrenewable") for m in (1, 2, 3)]
    found = ce.assess(load_fieldlab(write_dataset(flows)), draws=100).explain("secondary_input_share")
    assert dict(zip(found.terms["name"], found.terms["rows"], strict=True)) == {"secondary": 3, "input": 6}
    assert found.rows["rows"].tolist() == [3, 3, 3]
    assert set(found.rows["file"]) == {"flows/"}


def test_a_dataset_with_a_unit_and_decimals_is_the_same_ledger_as_the_csv(
    write_lab: Write, write_dataset: Write, make_flow: Callable[..., dict[str, Any]]
) -> None:
    flows = [make_flow(mass=m, unit=u) for m, u in ((0.1234565, "t"), (2.0005, "kg"), (7.5, "g"), (1 / 3, "kt"))]
    plain = load_fieldlab(write_lab([{**f, "mass": repr(f["mass"])} for f in flows]))
    folder = write_dataset(flows, name="large")
    rewrite(part(folder), lambda t: t.drop_columns("mass").append_column("mass", pa.array([f["mass"] for f in flows]))
            .append_column("unit", pa.array([f["unit"] for f in flows])).replace_schema_metadata(None))  # fmt: skip
    large = load_fieldlab(folder)
    assert large.mass_unit == plain.mass_unit
    assert large.tables["flows"]["mass"].sum() == plain.tables["flows"]["mass"].sum()


def test_marks_of_other_programs_and_signs_that_mean_a_pattern_are_no_trouble(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    folder = write_dataset([make_flow()])
    (folder / "flows" / "_SUCCESS").touch()
    (part(folder).parent / ".part.crc").touch()
    odd = tmp_path / "a[b]*?=c 'd"
    folder.rename(odd)
    assert load_fieldlab(odd).tables["flows"]["mass"].tolist() == [100_000]


# What does not belong there -------------------------------------------------------------------------------------


def test_a_link_is_refused_wherever_it_leads(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults, tmp_path: Path
) -> None:
    folder = write_dataset([make_flow()])
    (part(folder).parent / "part-0001.parquet").symlink_to(part(folder))
    fault = only(faults_in(folder), "NotOfDataset")
    assert fault.where.file == "flows/period=2020/part-0001.parquet"
    (part(folder).parent / "part-0001.parquet").unlink()
    elsewhere = tmp_path / "elsewhere"
    (folder / "flows").rename(elsewhere)
    (folder / "flows").symlink_to(elsewhere)
    assert only(faults_in(folder), "NotOfDataset").where.file == "flows/"


@pytest.mark.parametrize("name", ["readme.txt", "period=20", "period=2020x", "year=2020"])
def test_what_is_no_period_is_refused(
    name: str, write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults
) -> None:
    folder = write_dataset([make_flow()])
    place = folder / "flows" / name
    place.touch() if name.endswith(".txt") else place.mkdir()
    assert only(faults_in(folder), "NotOfDataset").where.file == f"flows/{name}"


def test_a_folder_or_another_file_within_a_period_is_refused(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults
) -> None:
    folder = write_dataset([make_flow()])
    (part(folder).parent / "more.parquet").mkdir()
    (part(folder).parent / "rows.csv").touch()
    assert [f.code for f in faults_in(folder)] == ["NotOfDataset", "NotOfDataset"]


def test_flows_in_two_forms_are_refused(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults
) -> None:
    folder = write_dataset([make_flow()])
    (folder / "flows.csv").write_text("period\n", encoding="utf-8")
    assert "TableTwice" in [f.code for f in faults_in(folder)]


def test_no_file_and_no_row_are_each_a_fault(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults
) -> None:
    folder = write_dataset([make_flow()])
    rewrite(part(folder), lambda t: t.slice(0, 0))
    assert "EmptyTable" in [f.code for f in faults_in(folder)]
    part(folder).unlink()
    only(faults_in(folder), "EmptyDataset")


def test_a_file_that_is_no_parquet_or_is_cut_off_is_named(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults
) -> None:
    folder = write_dataset([make_flow()])
    content = part(folder).read_bytes()
    part(folder).write_bytes(content[: len(content) // 2])
    assert only(faults_in(folder), "NotReadable").where.file == "flows/period=2020/part-0000.parquet"


def test_a_file_with_a_damaged_page_is_a_fault_and_no_traceback(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults, tmp_path: Path
) -> None:
    folder = write_dataset([make_flow(mass=i) for i in range(1, 4000)])
    content = bytearray(part(folder).read_bytes())
    content[4:2000] = b"\xff" * 1996
    part(folder).write_bytes(content)
    fault = only(faults_in(folder), "DatasetDamaged")
    assert str(tmp_path) not in fault.text("en")


# Columns --------------------------------------------------------------------------------------------------------


def added(column: str, values: Any) -> Callable[[pa.Table], pa.Table]:
    return lambda t: t.append_column(column, pa.array([values] * len(t)))


def replaced(column: str, values: pa.Array) -> Callable[[pa.Table], pa.Table]:
    return lambda t: t.set_column(t.column_names.index(column), column, values)


@pytest.mark.parametrize(
    ("change", "kind", "column"),
    [
        (added("colour", "red"), "UnknownColumn", "colour"),
        (added("period", 2020), "UnknownColumn", "period"),
        (added("material", "glass"), "DuplicateColumn", "material"),
        (lambda t: t.drop_columns("role"), "MissingColumn", "role"),
        (lambda t: t.drop_columns("mass"), "MissingColumn", "mass"),
        (lambda t: t.replace_schema_metadata(None), "NoMassUnit", "mass"),
        (lambda t: t.replace_schema_metadata({"circularity.mass_unit": "0.5"}), "WrongMassUnit", "mass"),
        (lambda t: t.replace_schema_metadata({"circularity.mass_unit": "nan"}), "WrongMassUnit", "mass"),
        (replaced("mass", pa.array([1.5])), "WrongColumnType", "mass"),
        (replaced("mass", pa.array([1], pa.uint64())), "WrongColumnType", "mass"),
        (replaced("mass", pa.array(["1"])), "WrongColumnType", "mass"),
        (replaced("material", pa.array([7])), "WrongColumnType", "material"),
        (replaced("material", pa.array([b"glass"])), "WrongColumnType", "material"),
        (replaced("role", pa.array([None], pa.null())), "WrongColumnType", "role"),
        (added("price", datetime.date(2020, 1, 1)), "WrongColumnType", "price"),
        (replaced("uncertainty", pa.array([1.1], pa.float32())), "WrongColumnType", "uncertainty"),
    ],
)
def test_a_wrong_column_is_named_with_its_file(
    change: Callable[[pa.Table], pa.Table],
    kind: str,
    column: str,
    write_dataset: Write,
    make_flow: Callable[..., dict[str, Any]],
    faults_in: Faults,
) -> None:
    folder = write_dataset([make_flow()])
    rewrite(part(folder), change)
    fault = only(faults_in(folder), kind)
    assert (fault.where.file, fault.where.column) == ("flows/period=2020/part-0000.parquet", column)


def test_files_that_are_not_alike_are_refused(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults
) -> None:
    folder = write_dataset([make_flow()])
    other = part(folder).with_name("part-0001.parquet")
    changes = [
        lambda t: t.drop_columns("uncertainty"),
        lambda t: t.replace_schema_metadata({"circularity.mass_unit": "1e-06"}),
        replaced("mass", pa.array([1], pa.int32())),
    ]
    for change in changes:
        shutil.copy(part(folder), other)
        rewrite(other, change)
        assert only(faults_in(folder), "DiffersFromFirst").where.file == "flows/period=2020/part-0001.parquet"


# Rows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "kind", "column"),
    [
        ({"material": "glas"}, "UnknownCode", "material"),
        ({"origin": "moon"}, "UnknownCode", "origin"),
        ({"to": "nobody"}, "UnknownReference", "to"),
        ({"from": "factory", "to": "market"}, "WrongEnd", "to"),
        ({"uncertainty": 0.5}, "OutOfRange", "uncertainty"),
        ({"uncertainty": float("nan")}, "NotANumber", "uncertainty"),
        ({"reliability": 6}, "OutOfRange", "reliability"),
        ({"price": float("inf")}, "NotANumber", "price"),
        ({"mass": -1}, "NegativeMass", "mass"),
        ({"mass": 1_100_000_000_000_000}, "OutOfRange", "mass"),
        ({"role": None}, "EmptyCell", "role"),
        ({"period": 2021}, "PeriodNotDeclared", "period"),
    ],
)
def test_a_fault_names_the_first_row_that_has_it_and_how_many_do(
    bad: dict[str, Any],
    kind: str,
    column: str,
    write_dataset: Write,
    make_flow: Callable[..., dict[str, Any]],
    faults_in: Faults,
) -> None:
    fill = {"reliability": 2, "price": 3.5}
    flows = [make_flow(**{**fill, "mass": i + 1, **(bad if i in (5, 7, 8) else {})}) for i in range(10)]
    found = [f for f in faults_in(write_dataset(flows)) if f.code != "EmptyCell" or kind == "EmptyCell"]
    fault = only(found, kind)
    period, row = bad.get("period", 2020), 1 if "period" in bad else 6
    assert fault.where.file == f"flows/period={period}/part-0000.parquet"
    assert (fault.where.row, fault.where.column) == (row, column)
    assert "3 rows" in fault.text("en")
    assert "3 rijen" in fault.text("nl")


def test_faults_of_rows_groups_and_the_whole_are_told_in_one_round(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults
) -> None:
    flows = [make_flow(mass=-5), make_flow(material="glas"), make_flow(to="nobody")]
    faults = faults_in(write_dataset(flows, periods=(2020, 2021)))
    assert {f.code for f in faults} == {"NegativeMass", "UnknownCode", "UnknownReference", "PeriodWithoutFlows"}
    assert {f.where.row for f in faults} == {1, 2, 3, None}


@pytest.mark.parametrize(
    ("mass", "unit", "kind"),
    [
        (1.0, None, "EmptyCell"),
        (1.0, "stone", "UnknownUnit"),
        (float("nan"), "kg", "NotANumber"),
        (-1.0, "kg", "NegativeMass"),
        (1e16, "kg", "OutOfRange"),
        (1e-14, "kg", "NotExact"),
    ],
)
def test_masses_with_decimals_are_exact_or_refused(
    mass: float,
    unit: str | None,
    kind: str,
    write_dataset: Write,
    make_flow: Callable[..., dict[str, Any]],
    faults_in: Faults,
) -> None:
    folder = write_dataset([make_flow(), make_flow()])
    rewrite(part(folder), replaced("mass", pa.array([1.0, mass])))
    rewrite(part(folder), lambda t: t.append_column("unit", pa.array(["kg", unit])))
    fault = only(faults_in(folder), kind)
    assert fault.where.row == (None if kind == "NotExact" else 2)


def test_a_large_ledger_is_not_written_in_another_form_as_if_groups_were_rows(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    folder = write_dataset([make_flow(mass=m) for m in (1, 2)])
    made = CliRunner().invoke(main, ["convert", str(folder), str(tmp_path / "other"), "--lang", "en"])
    assert made.exit_code == 2
    assert "only sums are kept" in made.stderr
    assert not (tmp_path / "other").exists()


def test_a_correction_of_rows_that_are_not_read_is_refused(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], faults_in: Faults
) -> None:
    folder = write_dataset([make_flow()])
    record = """- table: flows
  match: {material: glass}
  action: {set: {material: steel}}
  reason: {nl: Proef., en: Trial.}
  expect: {rows: 1}
"""
    (folder / "corrections.yaml").write_text(record, encoding="utf-8")
    assert only(faults_in(folder), "CorrectionOfDataset").where.file == "corrections.yaml"


def test_bounds_of_one_mass_are_not_held_against_the_sum_of_a_group(
    write_lab: Write, write_dataset: Write, make_flow: Callable[..., dict[str, Any]]
) -> None:
    """A thousand rows of 95 kg are one group of 95 t, and no row of that mass."""
    few = [make_flow(mass=90 + i, uncertainty=1 + i / 100) for i in range(12)]
    large = load_fieldlab(write_dataset([*few, *(make_flow(mass=95, uncertainty=1.5) for _ in range(1000))]))
    assert [remark.kind for remark in large.warnings] == ["taken_together"]
    single = load_fieldlab(write_lab([*few, make_flow(mass=95_000, uncertainty=1.5)], name="single"))
    assert "far_from_others" in [remark.kind for remark in single.warnings]


def test_waste_handed_on_is_counted_in_rows(
    write_dataset: Write, make_flow: Callable[..., dict[str, Any]], method: Method
) -> None:
    roles = method.vocabularies["roles"].table
    passing = roles.index[(roles["books_to"] == "") & (roles["books_from"] == "")][0]
    flows = [make_flow("residue", mass=None), *(make_flow(passing, mass=None) for _ in range(3)), make_flow(passing)]
    assert handed_on(load_fieldlab(write_dataset(flows)))["rows_unknown"].tolist() == [4]
