"""Networks of exchange: who gives how much to whom, and what of it comes back.

Knows nothing of the method or the ledger: names and arrays in, figures out.

>>> from circularity.network import cycling_index, make_network
>>> network = make_network(["market", "a", "b", "b"], ["a", "b", "a", "market"], [[2.0], [3.0], [1.0], [2.0]])
>>> cycling_index(network).round(4).tolist()
[0.3333]
"""

from circularity.network.balance import balanced as balanced
from circularity.network.cycling import cycling_index as cycling_index
from circularity.network.network import LOSS as LOSS
from circularity.network.network import TRADE as TRADE
from circularity.network.network import Network as Network
from circularity.network.network import make_network as make_network
