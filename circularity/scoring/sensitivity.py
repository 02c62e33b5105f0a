"""What drives a score, a rank or a claim: Sobol indices over everything that is uncertain about a composite."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.scoring.indices import Indices, indices
from circularity.scoring.sobol import design
from circularity.scoring.uncertainty import Model, MonteCarloRun, monte_carlo

Outputs = Callable[[MonteCarloRun], Mapping[str, npt.NDArray[np.float64]]]


def sensitivity(
    model: Model,
    outputs: Outputs,
    codes: list[str],
    *,
    base: int,
    seed: int,
    bootstrap: int = 0,
    second: bool = False,
) -> Indices:
    """Sobol indices of results of a composite, one factor at a time and with its interactions.

    The composite is built base x (factors + 2) times; a factor with many uniform numbers, such as all weights, is
    swapped as one.

    Parameters
    ----------
    model : Model
        With the factors that are uncertain.
    outputs : callable
        Gives the results of a `MonteCarloRun` by name, each of shape (draws,): a score, a rank, or a claim that is 0 or
        1.
    codes : list of str
        Codes of which the scores are needed.
    base : int
        Base sample, a power of two.
    seed : int
        Of the scrambled Sobol points and of the bootstrap.
    bootstrap : int
        Resamples of the intervals; 0 for none.
    second : bool
        Indices of the second order as well.

    Returns
    -------
    Indices
        `table` holds them; `convergence` says whether they can be used.

    References
    ----------
    Saltelli et al. (2010), Computer Physics Communications 181(2), 259-270.
    """
    plan = design({f.name: w for f, w in zip(model.inputs, model.widths, strict=True)}, base, seed=seed, second=second)
    u = np.concatenate([plan.of(f.name) for f in model.inputs], axis=1)
    results = pd.DataFrame(outputs(monte_carlo(model, u, codes)))
    return indices(plan, results, resamples=bootstrap, seed=seed)


def score_of(code: str, unit: str, period: int, name: str = "") -> Outputs:
    """The score of one unit, as an output.

    Parameters
    ----------
    code, unit : str
    period : int
        0 where the values have no periods.
    name : str
        What the output is called; `code` by default.
    """

    def outputs(run: MonteCarloRun) -> dict[str, npt.NDArray[np.float64]]:
        return {name or code: run.scores[code][:, run.values.row(unit, period)]}

    return outputs


def mean_rank_shift(code: str, period: int, stated: npt.NDArray[np.float64]) -> Outputs:
    """The mean absolute shift of ranks from those stated, the usual target of such an analysis.

    Parameters
    ----------
    code : str
    period : int
    stated : array of float, shape (units,)
        Ranks of the units of the period, in their order in the values.
    """

    def outputs(run: MonteCarloRun) -> dict[str, npt.NDArray[np.float64]]:
        rows = [i for i, p in enumerate(run.values.periods) if p == period]
        return {"rank_shift": np.nanmean(np.abs(run.ranks(code)[:, rows] - stated), axis=1)}

    return outputs
