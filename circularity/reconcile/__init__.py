"""Balancing observed flows that contradict each other, for any network of flows.

Knows nothing of the method or the ledger: tables or arrays in, tables out.

>>> from circularity.reconcile import reconcile
>>> result = reconcile(flows)          # from, to, value, sd
>>> result.flows, result.balances, result.suspects
"""

from circularity.reconcile.estimate import reconcile as reconcile
from circularity.reconcile.estimate import reconcile_arrays as reconcile_arrays
from circularity.reconcile.result import Reconciled as Reconciled
