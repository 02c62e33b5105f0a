"""Composite indicators: a structure, values and a chain of steps, from raw numbers to scores and ranks.

>>> from circularity.scoring import build
>>> result = build(values, structure, [{"step": "normalise", "way": "goalposts"}, ...])
>>> result.scores, result.ranks, result.stages["normalised"]
"""

from circularity.scoring.chain import Composite as Composite
from circularity.scoring.chain import Log as Log
from circularity.scoring.chain import build as build
from circularity.scoring.chain import rerun as rerun
from circularity.scoring.structure import Structure as Structure
from circularity.scoring.structure import read_structure as read_structure
from circularity.scoring.values import Values as Values
from circularity.scoring.values import read_values as read_values
