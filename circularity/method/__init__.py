"""The method: reading and checking ``methodology/``, and one formula with all its uses."""

from circularity.method.check import check_method as check_method
from circularity.method.compute import Computed as Computed
from circularity.method.compute import compute as compute
from circularity.method.formula import Formula as Formula
from circularity.method.indicator import Indicator as Indicator
from circularity.method.load import Method as Method
from circularity.method.load import load_method as load_method
from circularity.method.vocabulary import Vocabulary as Vocabulary
