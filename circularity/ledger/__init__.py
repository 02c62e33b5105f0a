"""The ledger: what happened in a fieldlab, read, checked and kept exactly."""

from circularity.ledger.fieldlab import Fieldlab as Fieldlab
from circularity.ledger.fieldlab import load_fieldlab as load_fieldlab
