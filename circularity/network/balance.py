"""Draws of the masses of a network, each brought into balance.

Masses that are drawn each by itself do not balance. Every draw is replaced by the balanced network nearest to it. The
distance is the weighted relative entropy, the sum of (x ln(x / m) - x + m) / w over the links, with w the variance of
the mass divided by the mass: for small changes the sum of squares in standard deviations, and no mass ever falls below
zero; one below the smallest float becomes zero. What does not vary stays as it is. The solution is x = m exp(w A' l),
where A takes each link in at its receiver and out at its giver; l is found by Newton's method, as the minimum of a
convex function.

Source: Golan, Judge & Robinson 1994, doi:10.2307/2109978 (cross entropy); Boyd & Vandenberghe 2004, 9.5 (Newton).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circularity.errors import check_argument
from circularity.network.network import Floats, Network, Places

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# Numbers in the matrices that are solved at once; more take memory and save no time.
AT_ONCE = 2**22
MOST_STEPS = 50
MOST_HALVINGS = 40
# A node counts as balanced when what is left is below this part of all that moves. [1]
ROUNDING = 1e-13
# Part of the promised decrease that a step must bring.
SUFFICIENT = 1e-4


def balanced(network: Network) -> Network:
    """The network with its draws in balance; the first column, the stated masses, stays as it is.

    Parameters
    ----------
    network : Network
        Its first column in balance within a tolerance, which links that do not vary keep.

    Returns
    -------
    Network
    """
    check_argument("network", network, Network)
    drawn = network.mass[:, 1:]
    varying = np.flatnonzero(np.ptp(drawn, axis=1) > 0) if drawn.shape[1] else np.array([], dtype=np.intp)
    if not len(varying):
        return network
    nodes = _free_nodes(network, varying)
    weight = np.var(drawn[varying], axis=1) / network.mass[varying, 0]
    place = np.full(len(network.nodes), -1)
    place[nodes] = np.arange(len(nodes))
    ends = np.array([np.where(e >= 0, place[e], -1) for e in (network.giver, network.receiver)], dtype=np.intp)
    held = _signs(np.delete(ends, varying, axis=1), len(nodes)) @ np.delete(drawn, varying, axis=0)
    mass = network.mass.copy()
    width = max(1, AT_ONCE // (len(nodes) ** 2 + len(varying)))
    for start in range(0, drawn.shape[1], width):
        part = slice(start, start + width)
        mass[varying, 1 + start : 1 + start + width] = _nearest(
            drawn[varying, part], weight, ends[:, varying], np.asarray(held[:, part])
        )
    return network.with_mass(mass)


def _signs(ends: Places, nodes: int) -> csr_array:
    """How a link counts at a node: -1 where it gives, 1 where it receives; shape (nodes, links)."""
    from scipy.sparse import csr_array

    side, link = np.nonzero(ends >= 0)
    return csr_array((np.where(side == 0, -1.0, 1.0), (ends[side, link], link)), shape=(nodes, ends.shape[1]))


def _curvature(ends: Places, nodes: int) -> csr_array:
    """How a link counts in the second derivatives, a row for every pair of nodes; shape (nodes^2, links)."""
    from scipy.sparse import csr_array

    entries = [(a, b, 1.0 if a == b else -1.0) for a in (0, 1) for b in (0, 1)]
    rows, links, values = [], [], []
    for a, b, value in entries:
        link = np.flatnonzero((ends[a] >= 0) & (ends[b] >= 0))
        rows.append(ends[a, link] * nodes + ends[b, link])
        links.append(link)
        values.append(np.full(len(link), value))
    place = (np.concatenate(rows), np.concatenate(links))
    return csr_array((np.concatenate(values), place), shape=(nodes**2, ends.shape[1]))


def _free_nodes(network: Network, varying: Places) -> Places:
    """The nodes whose balance the varying links decide.

    Where such links join nodes and none leads outside, the balance of one of the nodes follows from the others.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    size = len(network.nodes)
    giver, receiver = network.giver[varying], network.receiver[varying]
    inside = (giver >= 0) & (receiver >= 0)
    graph = csr_array((np.ones(int(inside.sum())), (giver[inside], receiver[inside])), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    is_open = np.zeros(count, dtype=bool)
    is_open[label[np.maximum(giver, receiver)[~inside]]] = True
    first = np.unique(label, return_index=True)[1]
    return np.setdiff1d(np.arange(size), first[~is_open])


def _nearest(drawn: Floats, weight: Floats, ends: Places, held: Floats) -> Floats:
    """The masses nearest to those drawn for which nothing is left at a node, shape (links, draws).

    `ends` are the nodes that every link is given and received by, `held` what the links that do not vary leave there.
    """
    count = len(held)
    signs, curvature = _signs(ends, count), _curvature(ends, count)
    multiplier = np.zeros((count, drawn.shape[1]))

    def at(multipliers: Floats, columns: Places) -> tuple[Floats, Floats]:
        """The masses, and the convex function whose slope is what is left at the nodes."""
        with np.errstate(over="ignore"):
            mass = drawn[:, columns] * np.exp(weight[:, None] * (signs.T @ multipliers))
        return mass, (mass / weight[:, None]).sum(axis=0) + (multipliers * held[:, columns]).sum(axis=0)

    left = np.arange(drawn.shape[1])
    for _ in range(MOST_STEPS):
        mass, value = at(multiplier[:, left], left)
        slope = signs @ mass + held[:, left]
        wrong = np.abs(slope).max(axis=0, initial=0.0) > ROUNDING * mass.sum(axis=0)
        left, mass, value, slope = left[wrong], mass[:, wrong], value[wrong], slope[:, wrong]
        if not len(left):
            break
        curve = (curvature @ (mass * weight[:, None])).T.reshape(len(left), count, count)
        step = -np.linalg.solve(curve, slope.T[:, :, None])[:, :, 0].T
        promised, size = (slope * step).sum(axis=0), np.ones(len(left))
        for _ in range(MOST_HALVINGS):
            reached = at(multiplier[:, left] + size * step, left)[1]
            short = ~(reached <= value + SUFFICIENT * size * promised + 1e-12 * np.abs(value))
            if not short.any():
                break
            size[short] /= 2
        multiplier[:, left] += size * step
    return at(multiplier, np.arange(drawn.shape[1]))[0]
