"""Reconciling: from tables of flows, or bare arrays, to a balanced account with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from circularity.errors import CallError, ReconciliationError, check_argument
from circularity.reconciliation.flow_network import FlowNetwork, FlowQuantity, read_network
from circularity.reconciliation.least_squares import Solution
from circularity.reconciliation.nonnegative import draw_at_least_zero, hold_at_least_zero
from circularity.reconciliation.processes import Processes
from circularity.reconciliation.result import Reconciled
from circularity.reconciliation.system import Floats, make_system
from circularity.texts import in_both, reason, word

# Change of a share, as part of it, from which uncertain shares count as settled; and how often they are tried.
SETTLED = 1e-8
MOST_ROUNDS = 100

Point = tuple[float, float] | None


def reconcile(
    flows: pd.DataFrame,
    *,
    processes: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    relations: pd.DataFrame | None = None,
    outside: Sequence[str] = (),
    covariance: npt.ArrayLike | None = None,
    nonnegative: bool = False,
    draws: int = 1000,
    seed: int = 1,
    interval: tuple[float, float] = (0.05, 0.95),
    significance: float = 0.05,
) -> Reconciled:
    """Flows that balance in every process and stay as close to the observations as their errors allow.

    Parameters
    ----------
    flows : DataFrame
        A row is a flow ``from`` a process ``to`` another. ``value`` is what was observed, empty where nothing was;
        ``sd`` its standard deviation in the same unit, 0 for a value held to be exact; or ``uncertainty``, its
        geometric standard deviation, from which the other is computed. ``flow`` names it; "from → to" by default.
        A flow from or to a process that others are part of is the sum of the flows between those. A flow to ``stock``
        (``voorraad``, or another name under ``stock_names`` in the texts, whatever its case) adds to the stock of the
        process.
    processes : DataFrame, optional
        ``process``, and ``parent``, the process it is part of, or ``balanced``, yes or no. By default a process with
        flows both in and out is balanced.
    shares : DataFrame, optional
        What part the flow ``from`` ``to`` is of the flow ``of_from`` ``of_to``, where an empty end is any; of all that
        comes out of ``from`` by default. ``share`` and ``sd`` as for flows; an empty ``share`` asks for the share.
    relations : DataFrame, optional
        Rows of one ``relation``: its ``flow``s times ``coefficient`` sum to what its first row ``equals``,
        with ``sd``; an empty ``equals`` asks for the sum.
    outside : sequence of str, optional
        Processes that are not balanced.
    covariance : array_like, (rows of flows, rows of flows), optional
        Covariance of the observations, in the order of `flows`, instead of ``sd``; there may be no flows
        between groups then.
    nonnegative : bool, optional
        Take it as known that no flow is below zero: values, intervals and covariance then come from draws of the
        normal posterior cut off at zero. Meant for hundreds of flows rather than thousands. By default a flow below
        zero is shown as it comes out, and flagged. Changes of stock may always be below zero.
    draws, seed : int, optional
        Number and seed of the draws.
    interval : (float, float), optional
        Probabilities of the ends of the intervals.
    significance : float, optional
        Probability that measurements without any gross error fail the test.

    Returns
    -------
    Reconciled

    Raises
    ------
    DataFaults
        If cells are wrong: every fault, with its row and column.
    NoObservations
        If nothing has a value.
    ContradictoryValues
        If values held to be exact contradict each other.
    SingularErrors
        If a covariance leaves a relation without error.
    UndeterminedShare, NotConverged
        If the whole of an uncertain share is zero, or no account is found that fits the uncertain shares.
    NoNonNegative
        If flows of zero or more cannot balance.
    WrongArgument, WrongShape
        If an argument is not what it can be.

    Notes
    -----
    Errors are taken to be normal and known. What is near zero with a large error is not normal: see `Reconciled.notes`.
    """
    check_argument("flows", flows, pd.DataFrame)
    for name, table in (("processes", processes), ("shares", shares), ("relations", relations)):
        check_argument(name, table, pd.DataFrame, optional=True)
    _check(interval, significance)
    if nonnegative and covariance is not None:
        raise CallError("WrongArgument", name="nonnegative", found=True, expected=word("no_covariance", "reconcile"))
    network = read_network(flows, processes, shares, relations, outside)
    whole = None if covariance is None else _whole_covariance(network, covariance, len(flows))
    chosen = np.array([i for i, q in enumerate(network.quantities) if _must_be_positive(network, q)], dtype=np.intp)
    points = _settle(network, whole, chosen if nonnegative else None)
    solution = Solution(network.system(points, whole))
    drawn = draw_at_least_zero(solution, chosen, draws, seed) if nonnegative else None
    return Reconciled(network, solution, drawn, interval, significance)


def reconcile_arrays(
    matrix: sparse.sparray | sparse.spmatrix | npt.ArrayLike,
    value: npt.ArrayLike,
    variance: npt.ArrayLike,
    right: npt.ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    relations: Sequence[str] | None = None,
    interval: tuple[float, float] = (0.05, 0.95),
    significance: float = 0.05,
) -> Reconciled:
    """The same for bare arrays: quantities x with ``matrix @ x = right``, some of them observed.

    Parameters
    ----------
    matrix : array or sparse matrix, (relations, quantities)
    value : array_like, (quantities,)
        Observed values; NaN where nothing was observed.
    variance : array_like, (quantities,) or (quantities, quantities)
        Variances or covariance; a variance of 0 is a value held to be exact.
    right : array_like, (relations,), optional
        Zero by default.
    names, relations : sequence of str, optional
        Names of quantities and relations.
    interval, significance
        As for `reconcile`.

    Returns
    -------
    Reconciled
        Without processes: `Reconciled.residuals` has what each relation is off.
    """
    _check(interval, significance)
    system = make_system(matrix, value, variance, right, names, relations)
    network = FlowNetwork(Processes(None, (), []))
    sd = np.sqrt(system.variance)
    network.quantities += [
        FlowQuantity(name, "flow", value=float(v), sd=float(s))
        for name, v, s in zip(system.names, system.value, sd, strict=True)
    ]
    return Reconciled(network, Solution(system), None, interval, significance)


def _check(interval: tuple[float, float], significance: float) -> None:
    if not 0 < interval[0] < interval[1] < 1:
        raise CallError("WrongArgument", name="interval", found=interval, expected=word("interval", "expected"))
    if not 0 < significance < 1:
        between = {lang: f"0 < {name} < 1" for lang, name in word("significance", "reconcile").items()}
        raise CallError("WrongArgument", name="significance", found=significance, expected=between)


def _must_be_positive(network: FlowNetwork, quantity: FlowQuantity) -> bool:
    # Flows between groups follow: sums of flows that are zero or more.
    return quantity.kind == "flow" and not network.is_stock_change(quantity) and quantity.sd != 0


def _whole_covariance(network: FlowNetwork, covariance: npt.ArrayLike, rows: int) -> Floats:
    given = np.array(covariance, dtype=float)
    if given.shape != (rows, rows):
        raise CallError("WrongShape", name="covariance", found=given.shape, expected=(rows, rows))
    if any(q.kind == "group" and q.shown for q in network.quantities):
        raise CallError("WrongArgument", name="covariance", found=given.shape, expected=word("no_groups", "reconcile"))
    whole = np.diag([0.0 if np.isnan(q.sd) else q.sd**2 for q in network.quantities])
    whole[:rows, :rows] = given
    return whole


def _settle(network: FlowNetwork, covariance: Floats | None, at_least_zero: npt.NDArray[np.intp] | None) -> list[Point]:
    """Parts and wholes around which the uncertain shares are linear: Gauss-Newton, until they no longer move."""
    if not network.shares:
        return []
    points = [_first_point(network, k) for k in range(len(network.shares))]
    held: list[int] = []
    for _ in range(MOST_ROUNDS):
        system = network.system(points, covariance)
        if at_least_zero is None:
            value = Solution(system).value
        else:
            solution, held = hold_at_least_zero(system, at_least_zero, held)
            value = solution.value
        moved = [_point(network, k, value, points[k]) for k in range(len(points))]
        if all(_near(old, new) for old, new in zip(points, moved, strict=True)):
            return moved
        points = moved
    raise ReconciliationError(
        "NotConverged", found=[network.quantities[s.share].name for s in network.shares], rounds=MOST_ROUNDS
    )


def _first_point(network: FlowNetwork, which: int) -> Point:
    """The observed share of the observed whole, or of a whole of usual size; None for a share that is asked for."""
    share = network.shares[which]
    observed = network.quantities[share.share].value
    if np.isnan(observed):
        return None
    sizes = [abs(q.value) for q in network.quantities if q.kind in ("flow", "group") and abs(q.value) > 0]
    whole = network.quantities[share.whole].value
    whole = whole if whole > 0 else float(np.median(sizes)) if sizes else 1.0
    return observed * whole, whole


def _point(network: FlowNetwork, which: int, value: Floats, old: Point) -> Point:
    share = network.shares[which]
    part, whole = float(value[share.part]), float(value[share.whole])
    if np.isnan(part) or np.isnan(whole):
        return old
    if whole <= 0:
        because = reason("whole_of_share", whole=in_both(whole))
        raise ReconciliationError("UndeterminedShare", found=network.quantities[share.share].name, because=because)
    return part, whole


def _near(old: Point, new: Point) -> bool:
    if old is None or new is None:
        return old is new
    return all(abs(a - b) <= SETTLED * max(abs(old[1]), abs(new[1])) for a, b in zip(old, new, strict=True))
