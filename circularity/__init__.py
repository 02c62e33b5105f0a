"""Measure and monitor a regional circular economy with a method that all parties can read.

>>> import circularity as ce
>>> method = ce.load_method()
>>> lab = ce.load_fieldlab("data/pv-module-factory")
>>> result = ce.assess(lab, method)
>>> result.indicators
"""

from circularity.ledger.fieldlab import Fieldlab as Fieldlab
from circularity.ledger.fieldlab import load_fieldlab as load_fieldlab
from circularity.ledger.quality import geometric_sd as geometric_sd
from circularity.method.compute import compute as compute
from circularity.method.load import Method as Method
from circularity.method.load import load_method as load_method
from circularity.result import Result as Result
from circularity.result import assess as assess

__version__ = "0.4.0"
