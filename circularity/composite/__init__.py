"""Composite indicators: a structure, values and a chain of steps, from raw numbers to scores and ranks.

>>> from circularity.composite import build
>>> result = build(values, structure, [{"step": "normalise", "way": "goalposts"}, ...])
>>> result.scores, result.ranks, result.stages["normalised"]
"""

from circularity.composite.chain import Composite as Composite
from circularity.composite.chain import Log as Log
from circularity.composite.chain import build as build
from circularity.composite.chain import rerun as rerun
from circularity.composite.structure import Structure as Structure
from circularity.composite.structure import read_structure as read_structure
from circularity.composite.values import Values as Values
from circularity.composite.values import read_values as read_values
