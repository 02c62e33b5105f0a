"""Composite indicators: a score tree, values and a pipeline of steps, from raw numbers to scores, ranks and claims.

Knows nothing of the method or the ledger: tables and arrays in, tables out.

>>> from circularity.scoring import build
>>> result = build(values, structure, [{"step": "normalise", "way": "goalposts"}, ...])
>>> result.scores, result.ranks, result.stages["normalised"]
>>> from circularity.scoring import smaa
>>> found = smaa(points, draws=10_000)          # units x criteria
>>> found.rank_acceptability, found.pairwise_winning
>>> runs = design({"weights": 8, "data": 3}, 1024)
>>> indices(runs, model(runs.inputs)).table
"""

from circularity.scoring.acceptability import Acceptability as Acceptability
from circularity.scoring.draws import Dirichlet as Dirichlet
from circularity.scoring.draws import dirichlet_weights as dirichlet_weights
from circularity.scoring.draws import dirichlet_weights_at as dirichlet_weights_at
from circularity.scoring.draws import uniform_weights as uniform_weights
from circularity.scoring.draws import uniform_weights_at as uniform_weights_at
from circularity.scoring.pipeline import Composite as Composite
from circularity.scoring.pipeline import Log as Log
from circularity.scoring.pipeline import build as build
from circularity.scoring.pipeline import rerun as rerun
from circularity.scoring.read_tree import read_tree as read_tree
from circularity.scoring.sensitivity import Convergence as Convergence
from circularity.scoring.sensitivity import Indices as Indices
from circularity.scoring.sensitivity import indices as indices
from circularity.scoring.smaa import smaa as smaa
from circularity.scoring.sobol import Design as Design
from circularity.scoring.sobol import choose as choose
from circularity.scoring.sobol import design as design
from circularity.scoring.tree import ScoreTree as ScoreTree
from circularity.scoring.values import Values as Values
from circularity.scoring.values import read_values as read_values
