"""From what stakeholders answered to weights, and how much they agree.

>>> from circularity.consensus import find_consensus, read_responses
>>> found = find_consensus(read_responses("answers/"))     # workbooks and CSV files, by code and never by name
>>> found.weights, found.agreement, found.consistency
"""

from circularity.consensus.find import find_consensus as find_consensus
from circularity.consensus.read import Responses as Responses
from circularity.consensus.read import read_responses as read_responses
from circularity.consensus.result import Consensus as Consensus
from circularity.consensus.structure import Structure as Structure
from circularity.consensus.structure import read_structure as read_structure
from circularity.consensus.template import write_weights_template as write_weights_template
