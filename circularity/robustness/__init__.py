"""What holds whatever the weights, the data and the choices of method: acceptability and sensitivity.

Knows nothing of the method or the ledger: arrays in, tables out.

>>> from circularity.robustness import smaa
>>> found = smaa(points, draws=10_000)          # units x criteria
>>> found.rank_acceptability, found.pairwise_winning
>>> runs = design({"weights": 8, "data": 3}, 1024)
>>> indices(runs, model(runs.inputs)).table
"""

from circularity.robustness.acceptability import Acceptability as Acceptability
from circularity.robustness.convergence import Convergence as Convergence
from circularity.robustness.density import delta as delta
from circularity.robustness.density import pawn as pawn
from circularity.robustness.indices import Indices as Indices
from circularity.robustness.indices import indices as indices
from circularity.robustness.simplex import dirichlet_weights as dirichlet_weights
from circularity.robustness.simplex import dirichlet_weights_at as dirichlet_weights_at
from circularity.robustness.simplex import uniform_weights as uniform_weights
from circularity.robustness.simplex import uniform_weights_at as uniform_weights_at
from circularity.robustness.smaa import smaa as smaa
from circularity.robustness.sobol import Design as Design
from circularity.robustness.sobol import choose as choose
from circularity.robustness.sobol import design as design
from circularity.robustness.sources import Dirichlet as Dirichlet
