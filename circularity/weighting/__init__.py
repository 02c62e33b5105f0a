"""From what stakeholders answered to weights, and how much they agree.

>>> from circularity.weighting import find_consensus, read_responses
>>> found = find_consensus(read_responses("answers/"))     # workbooks and CSV files, by code and never by name
>>> found.weights, found.agreement, found.consistency
"""

from circularity.weighting.consensus import find_consensus as find_consensus
from circularity.weighting.read import Responses as Responses
from circularity.weighting.read import read_responses as read_responses
from circularity.weighting.result import Consensus as Consensus
from circularity.weighting.structure import read_structure as read_structure
from circularity.weighting.template import write_weights_template as write_weights_template
