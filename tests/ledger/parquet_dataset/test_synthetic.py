"""Synthetic ledgers: known truth, the same for a seed, and marked for what they are."""

from __future__ import annotations

import csv
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import circularity as ce
from circularity.cli import main
from circularity.ledger.booking import boundary_crossing, postings
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.ledger.parquet_dataset.synthetic import COLUMNS, Plan, synthesize
from circularity.method.load import Method
from tests.faults import raises

ROWS = 30_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, method: Method) -> Path:
    out = tmp_path_factory.mktemp("synthetic") / "lab"
    return synthesize(out, method, ROWS, seed=7, organisations=12, periods=3, rows_per_file=3000)


@pytest.fixture(scope="module")
def lab(folder: Path) -> Fieldlab:
    return load_fieldlab(folder)


@pytest.fixture(scope="module")
def truth(folder: Path) -> list[dict[str, str]]:
    with (folder / "truth" / "totals.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_true_totals_are_the_sums_to_the_last_unit(lab: Fieldlab, truth: list[dict[str, str]]) -> None:
    spoken = lab.tables["flows"]
    found = {
        tuple(str(row[c]) if c != "uncertainty" else f"{row[c]}" for c in ("period", *COLUMNS)): (
            row["rows"],
            row["mass"],
        )
        for row in spoken.to_dict("records")
    }
    stated = {tuple(row[c] for c in ("period", *COLUMNS)): (int(row["rows"]), int(row["mass_g"])) for row in truth}
    assert found == stated
    assert sum(rows for rows, _ in stated.values()) == ROWS
    assert lab.mass_unit == 1e-3


def test_indicators_are_those_of_the_true_totals(lab: Fieldlab, truth: list[dict[str, str]]) -> None:
    result = ce.assess(lab, draws=100).indicators.set_index(["indicator", "level", "period"])
    own = {row["organisation"] for row in lab.tables["organisations"].to_dict("records")}
    for period in lab.periods:
        # What comes in from outside the fieldlab, by origin; known origins alone count for sure.
        taken = Counter()
        for row in truth:
            if int(row["period"]) == period and row["role"] == "input" and row["from"] not in own:
                taken[row["origin"]] += int(row["mass_g"])
        total = sum(taken.values())
        assert result.loc[("input_mass", "fieldlab", period), "value"] == pytest.approx(total / 1000, rel=1e-15)
        secondary = sum(taken[c] for c in ("secondary", "reused", "recycled"))
        share = result.loc[("secondary_input_share", "fieldlab", period), "value"]
        assert share == pytest.approx(float(Fraction(secondary, total)), rel=1e-15)


def test_a_synthetic_ledger_says_so_wherever_it_shows(folder: Path, lab: Fieldlab) -> None:
    assert lab.description.nature == "synthetic"
    assert "geen meting" in lab.description.name.nl
    assert "not a measurement" in lab.description.name.en
    assert lab.id.startswith("synthetic-")
    assert lab.tables["organisations"][["organisation", "name"]].map(lambda s: "synthetic" in s).all(axis=None)
    for path in folder.rglob("*.parquet"):
        assert pq.read_schema(path).metadata[b"circularity.nature"] == b"synthetic"
    assert "synthetic" in ce.assess(lab, draws=100).plot.sankey().caption.lower()


def test_the_same_seed_gives_the_same_files_and_another_seed_others(
    folder: Path, tmp_path: Path, method: Method
) -> None:
    def content(place: Path) -> dict[str, bytes]:
        return {p.relative_to(place).as_posix(): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}

    options = {"organisations": 12, "periods": 3, "rows_per_file": 3000}
    assert content(synthesize(tmp_path / "same", method, ROWS, seed=7, **options)) == content(folder)
    other = content(synthesize(tmp_path / "other", method, ROWS, seed=8, **options))
    assert other["truth/totals.csv"] != content(folder)["truth/totals.csv"]


def test_the_rows_are_the_same_whatever_the_size_of_files(tmp_path: Path, method: Method) -> None:
    def rows(place: Path) -> list[list[dict[str, object]]]:
        return [
            [row for path in sorted(period.iterdir()) for row in pq.ParquetFile(path).read().to_pylist()]
            for period in sorted((place / "flows").iterdir())
        ]

    options = {"organisations": 3, "periods": 2, "unknown": 0.1}
    one = rows(synthesize(tmp_path / "one", method, 1000, **options))
    assert one == rows(synthesize(tmp_path / "many", method, 1000, rows_per_file=7, **options))
    assert len(list((tmp_path / "many" / "flows" / "period=2016").iterdir())) == 72


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 40), st.floats(0, 1)), min_size=1, max_size=8),
    seed=st.integers(0, 2**64 - 1),
    cut=st.integers(0, 320),
)
def test_totals_chosen_beforehand_come_out_and_every_row_stands_alone(
    groups: list[tuple[int, int, float]], seed: int, cut: int
) -> None:
    mean, rows, part = (np.array(x) for x in zip(*groups, strict=True))
    unknown = np.rint(rows * part).astype(np.int64)
    plan = Plan(2020, {}, mean.astype(np.int64), rows.astype(np.int64), unknown, seed)
    count = int(rows.sum())
    cut = min(cut, count)
    pieces = [plan.made(0, cut), plan.made(cut, count)]
    group, mass, lost = (np.concatenate([p[i] for p in pieces]) for i in range(3))
    assert [np.array_equal(a, b) for a, b in zip(plan.made(0, count), (group, mass, lost), strict=True)] == [True] * 3
    assert np.bincount(group, minlength=len(rows)).tolist() == rows.tolist()
    assert np.bincount(group, weights=lost, minlength=len(rows)).tolist() == unknown.tolist()
    for g, total in enumerate(plan.totals):
        assert sum(mass[(group == g) & ~lost].tolist()) == total
    assert (mass[~lost] > 0).all()


def test_masses_of_a_group_differ(method: Method, tmp_path: Path) -> None:
    place = synthesize(tmp_path / "lab", method, 2000, organisations=2, periods=1)
    masses = pq.ParquetFile(place / "flows" / "period=2016" / "part-0000.parquet").read()["mass"].to_pylist()
    assert len(set(masses)) > 1900


def test_an_unknown_part_of_the_masses_is_counted_and_known_by_nobody(method: Method, tmp_path: Path) -> None:
    lab = load_fieldlab(synthesize(tmp_path / "lab", method, 5000, organisations=3, periods=1, unknown=0.2))
    flows = lab.tables["flows"]
    unknown = flows.loc[~flows["mass_known"], "rows"].sum()
    assert 0.15 * 5000 < unknown < 0.25 * 5000
    booked = boundary_crossing(postings(flows, "flows", method), lab.belongs("fieldlab"))
    taken = flows.loc[booked.loc[booked["role"] == "input", "line"]]
    count, total = taken.loc[~taken["mass_known"], "rows"].sum(), taken["rows"].sum()
    table = ce.assess(lab, draws=100).indicators
    row = table[(table["indicator"] == "input_mass") & (table["level"] == "fieldlab")].iloc[0]
    assert (row["status"], row["reason"]) == ("missing", f"the mass of {count} of the {total} flows is unknown")


def test_what_cannot_be_made_is_refused_and_leaves_nothing(method: Method, tmp_path: Path) -> None:
    for wrong in ({"rows": 1, "periods": 2}, {"rows": 10, "organisations": 1}, {"rows": 10, "unknown": 2.0}):
        with raises("WrongArgument"):
            synthesize(tmp_path / "lab", method, **wrong)
    (tmp_path / "taken").mkdir()
    with raises("CannotWrite"):
        synthesize(tmp_path / "taken", method, 10, periods=1)
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_the_verb_makes_a_fieldlab_that_check_and_assess_read(tmp_path: Path) -> None:
    run = CliRunner().invoke
    out = str(tmp_path / "lab")
    made = run(main, ["synthesize", out, "--rows", "500", "--periods", "2", "--organisations", "3", "--json"])
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["nature"] == "synthetic"
    checked = run(main, ["check", out, "--json", "--memory", "200MB", "--threads", "1"])
    assert json.loads(checked.stdout)["rows"]["flows"] == 500
    assessed = run(main, ["assess", out, "--draws", "100", "--json"])
    assert assessed.exit_code == 0
    assert run(main, ["synthesize", out, "--rows", "500"]).exit_code == 2
    assert run(main, ["assess", out, "--memory", "plenty"]).exit_code == 2
