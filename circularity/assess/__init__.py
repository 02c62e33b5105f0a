"""From the ledger to indicators: sums, formulas, uncertainty, and what stands behind a figure."""

from circularity.assess.assessment import Assessment as Assessment
from circularity.assess.assessment import assess as assess
from circularity.assess.explain import Explanation as Explanation
from circularity.assess.explain import explain as explain
