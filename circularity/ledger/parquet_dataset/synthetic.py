"""Synthetic ledgers of any size, whose true totals are known because they were chosen before any row was made."""

from __future__ import annotations

import csv
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import yaml

from circularity.errors import CallError, sentence
from circularity.ledger.parquet_dataset.writer import ROWS_PER_FILE, DatasetWriter
from circularity.method.load import Method
from circularity.texts import LANGUAGES, Texts, reason, word

NATURE = "synthetic"
MASS_UNIT = 1e-3  # [kg]
FIRST_PERIOD = 2016
MOST_ROWS, MOST_ORGANISATIONS, MOST_PERIODS = 2**31, 100_000, 50
# Combinations of codes that every organisation has in a period.
GROUPS_PER_ORGANISATION = 40
# Rows made at a time; they are the same whatever this is.
BLOCK = 2**20
DEVIATIONS = (1.02, 1.05, 1.1, 1.2, 1.3, 1.5)
COLUMNS = ("from", "to", "role", "material", "origin", "destination", "processing", "hazardous", "physical_scarcity",
           "supply_risk", "uncertainty")  # fmt: skip
TRUTH = "truth/totals.csv"

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """What the rows of one period will be.

    Attributes
    ----------
    period : int
    cells : dict of str to list
        The codes of every group, by column.
    mean : ndarray of int
        Mean mass of the rows of every group. [`MASS_UNIT`]
    rows, unknown : ndarray of int
        Rows of every group, and how many of them have an unknown mass.
    seed : int
    """

    period: int
    cells: dict[str, list[Any]]
    mean: Numbers
    rows: Numbers
    unknown: Numbers
    seed: int

    @property
    def totals(self) -> Numbers:
        """The true mass of every group: rows of known mass times their mean. [`MASS_UNIT`]"""
        return self.mean * (self.rows - self.unknown)

    def made(self, start: int, stop: int) -> tuple[Numbers, Numbers, npt.NDArray[np.bool_]]:
        """Group, mass and whether the mass is unknown of the rows from `start` to `stop`.

        The rows of a group come in pairs that lie as far above as below its mean, so that their sum is known without
        adding up. Every row follows from its number alone: rows may be made in any order and number at a time.
        """
        count = int(self.rows.sum())
        # A step without a divisor in common with their number visits all rows, once, and mixes the groups.
        step = next(s for s in range(int(count * 0.618) | 1, 2 * count + 3) if math.gcd(s, count) == 1) % count or 1
        place = (np.arange(start, stop, dtype=np.int64) * step) % count
        ends = np.cumsum(self.rows)
        group = np.searchsorted(ends, place, side="right")
        rank = place - (ends - self.rows)[group]
        known = (self.rows - self.unknown)[group]
        sign = 1 - 2 * (rank & 1)
        sign[rank + 1 - (rank & 1) >= known] = 0  # the last of an odd number stands alone
        mean = self.mean[group]
        away = (_mixed(place - (rank & 1), self.seed) % mean.astype(np.uint64)).astype(np.int64)
        return group, mean + sign * away, rank >= known


def synthesize(
    out: Path,
    method: Method,
    rows: int,
    *,
    seed: int = 1,
    organisations: int = 100,
    periods: int = 5,
    unknown: float = 0.0,
    rows_per_file: int = ROWS_PER_FILE,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Write a synthetic fieldlab with a large ledger, and the true totals of its flows.

    Parameters
    ----------
    out : Path
        Folder to make.
    method : Method
        Its code lists are drawn from.
    rows : int
        Number of flows.
    seed : int, optional
        The same seed gives the same files.
    organisations, periods : int, optional
        Number of each; periods begin with 2016.
    unknown : float, optional
        Part of the rows of every group whose mass is unknown. Any makes every sum over them missing.
    rows_per_file : int, optional
    progress : callable, optional
        Called with the number of rows of every block that is written.

    Returns
    -------
    Path
        `out`, with ``fieldlab.yaml`` (nature: synthetic), the tables, the dataset ``flows/``, and ``truth/totals.csv``:
        for every group the number of rows, that of unknown mass, and the exact mass in grams.

    Raises
    ------
    WrongArgument
        If a number is not one that can be.
    CannotWrite
        If the folder is there already or cannot be made.
    """
    limits = (
        ("organisations", organisations, 2, MOST_ORGANISATIONS),
        ("periods", periods, 1, MOST_PERIODS),
        ("rows", rows, periods, MOST_ROWS),
        ("seed", seed, 0, 2**32 - 1),
    )
    for name, number, low, high in limits:
        if not low <= number <= high:
            expected = sentence("whole_number", "words", low=low, high=high)
            raise CallError("WrongArgument", name=name, found=number, expected=expected)
    if not 0 <= unknown <= 1:
        raise CallError("WrongArgument", name="unknown", found=unknown, expected="0 – 1")
    if os.path.lexists(out):
        raise CallError("CannotWrite", found=out, because=reason("there_already"))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as problem:
        raise CallError("CannotWrite", found=out, because=str(problem.strerror)) from None
    try:
        names = [f"synthetic-{i:0{len(str(organisations))}}" for i in range(1, organisations + 1)]
        shares = np.diff(np.arange(periods + 1) * rows // periods)
        plans = [_plan(FIRST_PERIOD + i, names, int(count), unknown, seed, method) for i, count in enumerate(shares)]
        _write_tables(beside, plans, names, rows, seed, method)
        with DatasetWriter(beside / "flows", MASS_UNIT, NATURE, rows_per_file) as writer:
            for plan in plans:
                for table in _tables(plan):
                    writer.write(plan.period, table)
                    if progress:
                        progress(len(table))
        beside.chmod(0o755)
        beside.rename(out)
    except OSError as problem:
        raise CallError("CannotWrite", found=out, because=str(problem.strerror)) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return out


def _plan(period: int, names: list[str], count: int, unknown: float, seed: int, method: Method) -> Plan:
    rng = np.random.default_rng([seed, period])
    choice = _Choice(names, method, rng)
    groups = dict.fromkeys(choice.group(own) for own in range(len(names)) for _ in range(GROUPS_PER_ORGANISATION))
    mean = rng.integers(1, 10, len(groups)) * 10 ** rng.integers(3, 7, len(groups)) + rng.integers(0, 1000, len(groups))
    # Some groups are a thousand times as common as others; whole numbers, so that none is lost in rounding.
    ends = np.cumsum(rng.integers(1, 32, len(groups)) ** 2).tolist()
    upto = [0, *(end * count // ends[-1] for end in ends)]
    rows: Numbers = np.diff(np.array(upto, dtype=np.int64)).astype(np.int64)
    there = rows > 0
    cells = {c: [g[i] for g, t in zip(groups, there, strict=True) if t] for i, c in enumerate(COLUMNS)}
    lost = np.rint(rows[there] * unknown).astype(np.int64)
    key = int(np.random.SeedSequence([seed, period, 1]).generate_state(1, np.uint64)[0])
    return Plan(period, cells, mean[there].astype(np.int64), rows[there], lost, key)


class _Choice:
    """Combinations of codes that fit each other, one at a time.

    Parameters
    ----------
    names : list of str
        Organisations.
    method : Method
    rng : Generator
    """

    def __init__(self, names: list[str], method: Method, rng: np.random.Generator) -> None:
        self.names, self.rng = names, rng
        self.codes = {name: vocabulary.codes for name, vocabulary in method.vocabularies.items()}
        self.roles = method.vocabularies["roles"].table.to_dict("index")
        leads = method.vocabularies["processing"].table["destinations"].str.split()
        self.processing = {d: [c for c, to in leads.items() if d in to] for d in self.codes["destinations"]}

    def one_of(self, codes: list[str]) -> str:
        return codes[int(self.rng.integers(len(codes)))] if codes else ""

    def group(self, own: int) -> tuple[Any, ...]:
        """A combination for the organisation in this place; in the order of `COLUMNS`."""
        codes, role = self.codes, self.one_of(self.codes["roles"])
        taken, given = self.roles[role]["books_to"] != "", self.roles[role]["books_from"] != ""
        me, other = self.names[own], "market"
        if taken and given:
            other = self.names[(own + int(self.rng.integers(1, len(self.names)))) % len(self.names)]
        asks = self.roles[role]["asks"].split()
        material = self.one_of(codes["materials"])
        origin = self.one_of(codes["origins"]) if "origin" in asks else ""
        destination = self.one_of(codes["destinations"]) if "destination" in asks else ""
        waste = (self.one_of(self.processing[destination]), self.one_of(codes["hazards"])) if destination else ("", "")
        scarcity = [self.one_of(codes[c]) if origin else "" for c in ("physical_scarcity", "supply_risk")]
        deviation = DEVIATIONS[int(self.rng.integers(len(DEVIATIONS)))]
        ends = (me, other) if given else (other, me)
        return (*ends, role, material, origin, destination, *waste, *scarcity, deviation)


def _tables(plan: Plan) -> Iterator[pa.Table]:
    """The rows of a period, a block at a time."""
    count = int(plan.rows.sum())
    codes: dict[str, tuple[Any, pa.Array]] = {}
    for column in COLUMNS[:-1]:
        words = sorted(set(plan.cells[column]) - {""})
        position = {w: i for i, w in enumerate(words)}
        codes[column] = (np.array([position.get(c, -1) for c in plan.cells[column]], dtype=np.int32),
                         pa.array(words, pa.string()))  # fmt: skip
    deviation = np.array(plan.cells["uncertainty"], dtype=np.float64)
    for start in range(0, count, BLOCK):
        group, mass, unknown = plan.made(start, min(start + BLOCK, count))
        columns = {}
        for column, (of_group, words) in codes.items():
            index = of_group[group]
            columns[column] = pa.DictionaryArray.from_arrays(pa.array(index, mask=index < 0), words)
        columns["mass"] = pa.array(mass, mask=unknown)
        columns["uncertainty"] = pa.array(deviation[group])
        yield pa.table(columns)


def _mixed(number: Numbers, seed: int) -> npt.NDArray[np.uint64]:
    """A number that looks random, for every number and seed (SplitMix64: Steele, Lea and Flood 2014, OOPSLA)."""
    with np.errstate(over="ignore"):
        z = number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def _write_tables(folder: Path, plans: list[Plan], names: list[str], rows: int, seed: int, method: Method) -> None:
    said = {
        key: {lang: word(key, "synthetic")[lang].format(rows=Texts(lang).tick(rows), seed=seed) for lang in LANGUAGES}
        for key in ("name", "about", "caveat", "title")
    }
    description = {
        "id": f"synthetic-{rows}-{seed}",
        "kind": "circular_city",
        "nature": NATURE,
        "name": said["name"],
        "about": said["about"],
        "periods": [plan.period for plan in plans],
        "sources": [
            {
                "title": said["title"]["en"],
                "by": "circularity synthesize",
                "year": int(method.settings.date[:4]),
                "licence": "CC0-1.0",
            }
        ],
        "licence": "CC0-1.0",
        "confidentiality": "public",
        "caveats": [said["caveat"]],
    }
    text = yaml.safe_dump(description, sort_keys=False, allow_unicode=True, width=120)
    (folder / "fieldlab.yaml").write_text(text, encoding="utf-8")
    organisations = [[name, f"Synthetisch / synthetic {i}"] for i, name in enumerate(names, start=1)]
    _write_csv(folder / "organisations.csv", [["organisation", "name"], *organisations])
    _write_csv(folder / "products.csv", [["product"]])
    (folder / TRUTH).parent.mkdir()
    truth: list[list[Any]] = [["period", *COLUMNS, "rows", "unknown_rows", "mass_g"]]
    for plan in plans:
        sums = zip(plan.rows.tolist(), plan.unknown.tolist(), plan.totals.tolist(), strict=True)
        truth += [[plan.period, *c, *s] for c, s in zip(zip(*plan.cells.values(), strict=True), sums, strict=True)]
    _write_csv(folder / TRUTH, truth)


def _write_csv(path: Path, rows: list[list[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
