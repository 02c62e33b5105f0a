"""The cycling index: the part of all throughflow that has passed through the same node before.

With f_ij what node i takes from node j, T_j what node j takes in altogether, G = F diag(T)^-1 and N = (I - G)^-1, an
average unit that enters node i passes it n_ii times. Of the throughflow of node i the part (n_ii - 1) / n_ii was
there before, and the index is the sum of that over all nodes as part of the sum of all throughflow.

Source: Finn 1976, doi:10.1016/S0022-5193(76)80080-X; Borrett & Lau 2014, doi:10.1111/2041-210X.12282 (enaR).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circularity.errors import ComputeError, check_argument
from circularity.network.network import Floats, Network, Places

# Numbers in the matrices that are inverted at once; more take memory and save no time.
AT_ONCE = 2**22


def cycling_index(network: Network) -> Floats:
    """The cycling index of Finn, for every column of masses.

    Parameters
    ----------
    network : Network
        In balance, see `Network.check_balance`: throughflow is taken as what a node takes in.

    Returns
    -------
    ndarray, shape (columns,)
        From 0 (nothing comes back) to below 1. [1]

    Raises
    ------
    ComputeError
        ``ClosedLoop`` when nothing ever leaves some of the nodes, so that what they pass on to each other has no end.
    """
    check_argument("network", network, Network)
    cycled = np.zeros(network.mass.shape[1])
    for nodes in _components(network):
        throughflow = network.inflow[nodes]
        cycled += ((1 - 1 / _passes(network, nodes)) * throughflow).sum(axis=0)
    return np.asarray(cycled / network.inflow.sum(axis=0))


def _components(network: Network) -> Iterator[Places]:
    """The nodes of every strongly connected component of more than one node: a node on no cycle is passed once."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    inside, size = network.internal, len(network.nodes)
    ones = np.ones(int(inside.sum()))
    graph = csr_array((ones, (network.giver[inside], network.receiver[inside])), shape=(size, size))
    count, label = connected_components(graph, directed=True, connection="strong")
    for number in np.flatnonzero(np.bincount(label, minlength=count) > 1):
        yield np.flatnonzero(label == number)


def _passes(network: Network, nodes: Places) -> Floats:
    """How often an average unit passes each node of a component: the diagonal of N, shape (nodes, columns)."""
    place = np.full(len(network.nodes), -1)
    place[nodes] = np.arange(len(nodes))
    giver, receiver = (np.where(ends >= 0, place[ends], -1) for ends in (network.giver, network.receiver))
    within = (giver >= 0) & (receiver >= 0)
    if not ((giver >= 0) & ~within).any():
        raise ComputeError("ClosedLoop", found=[network.nodes[i] for i in nodes], rule="closed_loop")
    size, columns = len(nodes), network.mass.shape[1]
    found = np.empty((size, columns))
    share = network.mass[within] / network.inflow[nodes][giver[within]]
    width = max(1, AT_ONCE // size**2)
    for start in range(0, columns, width):
        part = share[:, start : start + width]
        matrices = np.zeros((part.shape[1], size, size))
        matrices[:, receiver[within], giver[within]] = -part.T
        matrices[:, np.arange(size), np.arange(size)] += 1
        found[:, start : start + width] = np.linalg.inv(matrices).diagonal(axis1=1, axis2=2).T
    return found
