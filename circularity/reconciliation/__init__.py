"""Balancing observed flows that contradict each other, for any network of flows.

Independent of the method and the ledger: tables or arrays in, tables out.

>>> from circularity.reconciliation import reconcile
>>> result = reconcile(flows)          # from, to, value, sd
>>> result.flows, result.balances, result.suspects
"""

from circularity.reconciliation.estimate import reconcile as reconcile
from circularity.reconciliation.estimate import reconcile_arrays as reconcile_arrays
from circularity.reconciliation.result import Reconciled as Reconciled
