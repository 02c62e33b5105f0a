"""From tables of flows, shares and relations to the relations of a `System`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from circularity.errors import CircularityError, DataError, DataFaults, ReconciliationError, meant
from circularity.reconciliation.processes import Processes
from circularity.reconciliation.system import Floats, System, make_system
from circularity.tables.checked import Cells
from circularity.texts import word

Kind = Literal["flow", "group", "share", "relation"]

# The highest uncertainty, as geometric standard deviation, of which the square is still a number.
LARGEST_GSD = 1e6


@dataclass(frozen=True)
class FlowQuantity:
    """A flow, a flow between groups of processes, a share or a relation; measured, exact or unknown."""

    name: str
    kind: Kind
    source: str = ""
    target: str = ""
    value: float = math.nan
    sd: float = math.nan
    shown: bool = True


@dataclass(frozen=True)
class Share:
    """A quantity that is the part of one quantity in another."""

    share: int
    part: int
    whole: int


@dataclass
class FlowNetwork:
    """Everything that is known of a set of flows.

    Attributes
    ----------
    processes : Processes
    quantities : list of FlowQuantity
        Single flows first, as given; then flows between groups, shares and relations.
    balances : dict
        For every balanced process the places of its flows, with 1 for a flow in and -1 for a flow out.
    linear : list of (name, dict, float)
        Other relations: coefficients of quantities, and what they sum to.
    shares : list of Share
    """

    processes: Processes
    quantities: list[FlowQuantity] = field(default_factory=list)
    balances: dict[str, dict[int, float]] = field(default_factory=dict)
    linear: list[tuple[str, dict[int, float], float]] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    sums: dict[tuple[int, ...], int] = field(default_factory=dict)

    def is_stock_change(self, quantity: FlowQuantity) -> bool:
        """Whether a quantity is a change of stock, which may be below zero."""
        return self.processes.is_stock(quantity.source) or self.processes.is_stock(quantity.target)

    def system(self, points: Sequence[tuple[float, float] | None], covariance: Floats | None = None) -> System:
        """The relations, those of uncertain shares made linear.

        Parameters
        ----------
        points : sequence of (float, float) or None
            For every share its part and whole around which it is made linear; None leaves the share out.
        covariance : array, (quantities, quantities), optional
        """
        rows = [(name, entries, 0.0) for name, entries in self.balances.items()] + self.linear
        for share, point in zip(self.shares, points, strict=True):
            if point is not None:
                part, whole = point
                # share = part / whole: whole0 (share - share0) = (part - part0) - share0 (whole - whole0)
                entries = {share.share: -whole}
                entries[share.part] = entries.get(share.part, 0.0) + 1.0
                entries[share.whole] = entries.get(share.whole, 0.0) - part / whole
                rows.append((self.quantities[share.share].name, entries, -part))
        at = [k for k, (_, entries, _) in enumerate(rows) for _ in entries]
        columns = [c for _, entries, _ in rows for c in entries]
        data = [v for _, entries, _ in rows for v in entries.values()]
        matrix = sparse.csr_matrix((data, (at, columns)), shape=(len(rows), len(self.quantities)))
        sd = np.array([q.sd for q in self.quantities])
        return make_system(
            matrix,
            [q.value for q in self.quantities],
            sd**2 if covariance is None else covariance,
            [right for _, _, right in rows],
            [q.name for q in self.quantities],
            [name for name, _, _ in rows],
        )


def read_network(
    flows: pd.DataFrame,
    processes: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    relations: pd.DataFrame | None = None,
    outside: Sequence[str] = (),
) -> FlowNetwork:
    """The network in tables; see `circularity.reconciliation.reconcile` for their columns.

    Raises
    ------
    DataFaults
        With every fault, its row and its column.
    NoObservations
        If nothing has a value.
    """
    faults: list[CircularityError] = []
    network = FlowNetwork(Processes(processes, outside, faults))
    reader = _Reader(network, faults)
    reader.read_flows(flows)
    if shares is not None:
        reader.read_shares(shares)
    if relations is not None:
        reader.read_relations(relations)
    if faults:
        raise DataFaults(faults)
    if not any(math.isfinite(q.value) for q in network.quantities):
        raise ReconciliationError("NoObservations")
    return network


class _Reader:
    """Puts the rows of the tables into a network."""

    def __init__(self, network: FlowNetwork, faults: list[CircularityError]) -> None:
        self.network, self.faults = network, faults
        self.ends: dict[tuple[str, str], list[int]] = {}
        self.from_: dict[str, list[int]] = {}
        self.to: dict[str, list[int]] = {}
        self.places: dict[str, int] = {}
        self.rows: dict[tuple[str, str], int] = {}

    def read_flows(self, table: pd.DataFrame) -> None:
        """Single flows, their balances, and flows between groups of processes."""
        cells = Cells(table, "flows", ["from", "to"], ["flow", "value", "sd", "uncertainty", "note"], self.faults)
        groups: list[tuple[int, FlowQuantity]] = []
        processes = self.network.processes
        used: dict[str, None] = {}
        for row in range(len(cells)):
            source, target = cells.text(row, "from"), cells.text(row, "to")
            name = cells.text(row, "flow", needed=False) or f"{source} → {target}"
            value, sd = self._measured(cells, row)
            if not source or not target:
                continue
            used.update({source: None, target: None})
            if source == target:
                self.faults.append(DataError("SameParty", where=cells.where(row, "to"), found=source))
                continue
            if self._taken(cells, row, name, "flow"):
                continue
            grouped = processes.is_group(source) or processes.is_group(target)
            quantity = FlowQuantity(name, "group" if grouped else "flow", source, target, value, sd)
            if grouped:
                groups.append((row, quantity))
            else:
                place = self._add(quantity)
                self.ends.setdefault((source, target), []).append(place)
                self.from_.setdefault(source, []).append(place)
                self.to.setdefault(target, []).append(place)
        processes.check_known(used, self.faults)
        for name in processes.balanced(self.from_, self.to, self.faults):
            entries = dict.fromkeys(self.to.get(name, ()), 1.0)
            entries.update(dict.fromkeys(self.from_.get(name, ()), -1.0))
            self.network.balances[name] = entries
        for row, quantity in groups:
            members = self._between(quantity.source, quantity.target)
            if not members:
                self.faults.append(ReconciliationError("NoFlowsBelow", where=cells.where(row), found=quantity.name))
                continue
            place = self._add(quantity)
            self.network.sums.setdefault(tuple(sorted(members)), place)
            self.network.linear.append((quantity.name, {**dict.fromkeys(members, 1.0), place: -1.0}, 0.0))

    def read_shares(self, table: pd.DataFrame) -> None:
        """Shares of one flow, or of all flows between groups, in another."""
        cells = Cells(table, "shares", ["from", "to"], ["of_from", "of_to", "share", "sd", "note"], self.faults)
        for row in range(len(cells)):
            source, target = cells.text(row, "from"), cells.text(row, "to")
            of_from, of_to = cells.text(row, "of_from", needed=False), cells.text(row, "of_to", needed=False)
            value, sd = cells.number(row, "share"), cells.number(row, "sd", 0)
            if not of_from and not of_to:
                of_from = source
            if not source or not target:
                continue
            if math.isfinite(value) and cells.is_empty(row, "sd"):
                self.faults.append(ReconciliationError("NoSpread", where=cells.where(row, "sd"), found=f"{value:g}"))
                continue
            whole_name = f"{of_from} → {of_to}"
            name = f"({source} → {target}) / ({whole_name.strip()})"
            part, whole = self._sum(cells, row, source, target), self._sum(cells, row, of_from, of_to)
            if part is None or whole is None or self._taken(cells, row, name, "share"):
                continue
            place = self._add(FlowQuantity(name, "share", source, target, value, sd))
            if sd == 0:
                entries = {part: 1.0}
                entries[whole] = entries.get(whole, 0.0) - value
                self.network.linear.append((name, entries, 0.0))
            else:
                self.network.shares.append(Share(place, part, whole))

    def read_relations(self, table: pd.DataFrame) -> None:
        """Sums of flows times coefficients that equal a number, exactly or with an error."""
        cells = Cells(table, "relations", ["relation", "flow", "coefficient"], ["equals", "sd", "note"], self.faults)
        found: dict[str, tuple[int, dict[int, float]]] = {}
        known = [q.name for q in self.network.quantities if q.kind in ("flow", "group")]
        for row in range(len(cells)):
            name, flow = cells.text(row, "relation"), cells.text(row, "flow")
            coefficient = cells.number(row, "coefficient")
            if cells.is_empty(row, "coefficient"):
                self.faults.append(
                    DataError(
                        "EmptyCell", where=cells.where(row, "coefficient"), expected=word("number_in_cell", "expected")
                    )
                )
            if flow not in self.places or self.network.quantities[self.places[flow]].kind not in ("flow", "group"):
                if flow:
                    self.faults.append(
                        DataError(
                            "UnknownReference",
                            where=cells.where(row, "flow"),
                            found=flow,
                            tables=word("flows", "reconcile"),
                            hint=meant(flow, known),
                        )
                    )
                continue
            entries = found.setdefault(name, (row, {}))[1]
            entries[self.places[flow]] = entries.get(self.places[flow], 0.0) + coefficient
        for name, (row, entries) in found.items():
            equals, sd = cells.number(row, "equals"), cells.number(row, "sd", 0)
            if math.isfinite(equals) and cells.is_empty(row, "sd"):
                self.faults.append(ReconciliationError("NoSpread", where=cells.where(row, "sd"), found=f"{equals:g}"))
            elif not self._taken(cells, row, name, "relation"):
                place = self._add(FlowQuantity(name, "relation", value=equals, sd=sd))
                self.network.linear.append((name, {**entries, place: -1.0}, 0.0))

    def _add(self, quantity: FlowQuantity) -> int:
        place = self.places.setdefault(quantity.name, len(self.network.quantities))
        self.network.quantities.append(quantity)
        return place

    def _taken(self, cells: Cells, row: int, name: str, column: str) -> bool:
        first = self.rows.setdefault((column, name), cells.rows[row])
        if first == cells.rows[row]:
            return False
        self.faults.append(
            DataError("DuplicateKey", where=cells.where(row), found=f"'{name}'", first=first, expected=column)
        )
        return True

    def _measured(self, cells: Cells, row: int) -> tuple[float, float]:
        value = cells.number(row, "value")
        sd, gsd = cells.number(row, "sd", 0), cells.number(row, "uncertainty", 1, LARGEST_GSD)
        if not math.isfinite(value):
            return math.nan, math.nan
        if math.isfinite(sd) and math.isfinite(gsd):
            self.faults.append(
                ReconciliationError(
                    "TwoSpreads", where=cells.where(row, "uncertainty"), found=f"{gsd:g}", other=f"{sd:g}"
                )
            )
        elif cells.is_empty(row, "sd") and cells.is_empty(row, "uncertainty"):
            self.faults.append(ReconciliationError("NoSpread", where=cells.where(row, "sd"), found=f"{value:g}"))
        elif math.isfinite(gsd):
            # The standard deviation of a lognormal number of this mean (decision 0003).
            sd = abs(value) * math.sqrt(math.expm1(math.log(gsd) ** 2))
        return value, sd

    def _between(self, source: str, target: str) -> list[int]:
        """Places of all single flows from one process or group to another; an empty name means any."""
        processes = self.network.processes
        sources = processes.within(source) if source else None
        targets = processes.within(target) if target else None
        if sources is None or targets is None:
            chosen = self.to if sources is None else self.from_
            return [place for name in (targets if sources is None else sources) or () for place in chosen.get(name, ())]
        if len(sources) * len(targets) <= len(self.ends):
            return [p for s in sources for t in targets for p in self.ends.get((s, t), ())]
        inside = set(targets)
        return [p for s in sources for p in self.from_.get(s, ()) if self.network.quantities[p].target in inside]

    def _sum(self, cells: Cells, row: int, source: str, target: str) -> int | None:
        """The place of a quantity that is the sum of flows; a new one where there is none yet."""
        members = self._between(source, target)
        if not members:
            name = f"{source} → {target}".strip()
            self.faults.append(ReconciliationError("NoFlowsBelow", where=cells.where(row), found=name))
            return None
        if len(members) == 1:
            return members[0]
        key = tuple(sorted(members))
        if key not in self.network.sums:
            place = self._add(FlowQuantity(f"{source} → {target}".strip(), "group", source, target, shown=False))
            self.network.sums[key] = place
            self.network.linear.append(
                (self.network.quantities[place].name, {**dict.fromkeys(members, 1.0), place: -1.0}, 0.0)
            )
        return self.network.sums[key]
