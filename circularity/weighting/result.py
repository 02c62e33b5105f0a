"""What `find_consensus` gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from circularity.errors import CircularityError
from circularity.method.consensus import ConsensusMethod
from circularity.weighting.structure import Structure
from circularity.weighting.summary import notes, summary

POOLED = "pooled"


@dataclass(frozen=True)
class Consensus:
    """Weights out of the answers of stakeholders, and how much these agree.

    Attributes
    ----------
    people : DataFrame
        ``respondent, helix, role, parent, code, weight``: the weights of every person, that of an only child 1.
    weights : DataFrame
        ``group, parent, code, weight``: those of every group, ``pooled`` or the id of a helix.
    agreement : DataFrame
        Per node (``parent``) and among whom (``helices``, ``people``, or the people of one helix): ``voices, items``,
        the consensus index ``s`` and, where all answered by AHP, ``s_star``; ``kendall_w`` with ``chi2, freedom,
        p_value, p_from``; the mean rank correlation ``spearman``; and the largest ``distance`` (total variation)
        between ``first`` and ``second``, who differ most in ``item`` (``of_first``, ``of_second``).
    overall : DataFrame
        ``among, s, s_star``: the means over all nodes, weighted by their pooled weight.
    consistency : DataFrame
        Of every person and node compared: consistency ratio ``value`` with its ``limit`` and ``measure`` (CR, or CR_I
        of the best-worst method), geometric index, how many comparisons were completed, and the judgement that fits
        least.
    findings : list of CircularityError
        What to ask again, and of whom.
    together : str
        How people were pooled: ``aij``, ``aip`` or ``aip_arithmetic``.
    without : tuple of str
        Helices that were left out on purpose.
    skipped : dict of str to list of str
        Nodes that a respondent did not answer.
    """

    people: pd.DataFrame
    weights: pd.DataFrame
    agreement: pd.DataFrame
    overall: pd.DataFrame
    consistency: pd.DataFrame
    findings: Sequence[CircularityError]
    together: str
    without: tuple[str, ...]
    skipped: Mapping[str, list[str]]
    structure: Structure
    method: ConsensusMethod

    def summary(self, lang: str = "en") -> list[str]:
        """Who answered, the weights, how much they agree and what to look at, in sentences."""
        return summary(self, lang)

    def notes(self, lang: str = "en") -> list[str]:
        """What a reader should know before using the weights."""
        return notes(self, lang)

    def __repr__(self) -> str:
        people, nodes = self.people["respondent"].nunique(), len(self.structure.nodes)
        return f"<Consensus of {people} people about {nodes} nodes, {self.together}>"

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for line in self.summary())
        table = self.weights.set_index(["parent", "code", "group"])["weight"].unstack(sort=False)  # noqa: PD010
        return said + str(table.to_html(float_format="{:.3f}".format))
