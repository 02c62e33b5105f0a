"""From the ledger to indicators: sums, formulas, uncertainty, and what stands behind a figure."""

from circularity.assessment.assessment import Assessment as Assessment
from circularity.assessment.assessment import assess as assess
from circularity.assessment.explain import Explanation as Explanation
from circularity.assessment.explain import explain as explain
