"""A network of exchange: nodes, the links between them, and what crosses the boundary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import ComputeError, check_argument
from circularity.texts import in_both

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

# What lies outside a network: trade (imports and exports), and nature (extraction and losses).
TRADE, LOSS = "market", "environment"
_OUTSIDE = {TRADE: -1, LOSS: -2}


@dataclass(frozen=True)
class Network:
    """Links between nodes, each ordered pair once, with one mass or one per draw.

    Attributes
    ----------
    nodes : list of str
        In alphabetical order.
    giver, receiver : ndarray of int, shape (links,)
        Positions in `nodes`; -1 for trade outside the network and -2 for the environment.
    mass : ndarray, shape (links, columns)
        Above zero in the first column. [any one unit]
    """

    nodes: list[str]
    giver: Places
    receiver: Places
    mass: Floats

    @property
    def internal(self) -> npt.NDArray[np.bool_]:
        """Which links are between two nodes."""
        return np.asarray((self.giver >= 0) & (self.receiver >= 0))

    @cached_property
    def inflow(self) -> Floats:
        """What every node takes in, from other nodes and from outside, shape (nodes, columns)."""
        return np.asarray(_ends(self.receiver, len(self.nodes)) @ self.mass)

    @cached_property
    def outflow(self) -> Floats:
        """What every node gives, shape (nodes, columns)."""
        return np.asarray(_ends(self.giver, len(self.nodes)) @ self.mass)

    def with_mass(self, mass: Floats) -> Network:
        """The same links with other masses."""
        return replace(self, mass=mass)

    def check_balance(self, tolerance: float) -> None:
        """Raise an error if a node does not give what it takes in.

        Parameters
        ----------
        tolerance : float
            Largest difference, as part of the larger of both sums. [1]

        Raises
        ------
        ComputeError
            ``NotBalanced``, with the node that is furthest off and both sums.
        """
        larger = np.maximum(self.inflow, self.outflow)
        with np.errstate(invalid="ignore"):
            gap = np.where(larger > 0, np.abs(self.inflow - self.outflow) / larger, 0.0)
        if not (gap > tolerance).any():
            return
        worst, column = np.unravel_index(int(np.argmax(gap)), gap.shape)
        raise ComputeError(
            "NotBalanced",
            found=self.nodes[worst],
            into=in_both(float(f"{self.inflow[worst, column]:.6g}")),
            out=in_both(float(f"{self.outflow[worst, column]:.6g}")),
            unit="",
            rule="not_balanced",
        )


def make_network(giver: Sequence[str], receiver: Sequence[str], mass: npt.ArrayLike) -> Network:
    """A checked network, from a list of links.

    Parameters
    ----------
    giver, receiver : sequence of str, length (rows,)
        Names of nodes, ``market`` for trade outside the network, ``environment`` for nature. A pair that occurs in
        several rows is one link with the sum of their masses.
    mass : array_like, shape (rows, columns)
        The stated mass and, in further columns, draws of it. NaN where it is unknown. [any one unit]

    Returns
    -------
    Network
        Without links of zero mass, and without what passes by from outside to outside.

    Raises
    ------
    ComputeError
        ``NoMass`` where a mass is unknown, ``NegativeLink``, ``SelfLoop`` where a node gives to itself, ``NoNetwork``
        when no row is a link between two nodes.
    """
    for name, codes in (("giver", giver), ("receiver", receiver)):
        check_argument(name, codes, Sequence, np.ndarray, pd.Series)
    amounts = np.array(mass, dtype=np.float64)
    stated = amounts[:, 0] if amounts.ndim == 2 else amounts
    amounts = amounts[:, None] if amounts.ndim == 1 else amounts
    nodes = sorted({*giver, *receiver} - _OUTSIDE.keys())
    number = {name: i for i, name in enumerate(nodes)} | _OUTSIDE
    pairs = np.array([(number[a], number[b]) for a, b in zip(giver, receiver, strict=True)], dtype=np.intp)
    pairs = pairs.reshape(-1, 2)
    if not (pairs >= 0).all(axis=1).any():
        raise ComputeError("NoNetwork", rule="no_network")
    for i in map(int, np.flatnonzero((pairs[:, 0] == pairs[:, 1]) & (pairs[:, 0] >= 0))):
        raise ComputeError("SelfLoop", found=giver[i], rule="self_loop")
    if unknown := int(np.isnan(stated).sum()):
        raise ComputeError("NoMass", found=unknown, total=len(stated), rule="no_mass")
    for i in map(int, np.flatnonzero((amounts < 0).any(axis=1) | ~np.isfinite(amounts).all(axis=1))):
        found = f"{stated[i]:g}"
        raise ComputeError("NegativeLink", found=found, giver=giver[i], receiver=receiver[i], rule="below_zero")
    kept = (pairs >= 0).any(axis=1) & (stated > 0)
    links, row = np.unique(pairs[kept], axis=0, return_inverse=True)
    total = np.zeros((len(links), amounts.shape[1]))
    np.add.at(total, row.ravel(), amounts[kept])
    return Network(nodes, links[:, 0], links[:, 1], total)


def _ends(places: Places, nodes: int) -> csr_array:
    """1 where a link ends at a node, shape (nodes, links)."""
    from scipy.sparse import csr_array

    links = np.flatnonzero(places >= 0)
    return csr_array((np.ones(len(links)), (places[links], links)), shape=(nodes, len(places)))
