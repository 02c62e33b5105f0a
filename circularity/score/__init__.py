"""Scores against goalposts, and claims about them with a verdict."""

from circularity.score.changes import changes as changes
from circularity.score.changes import target_verdicts as target_verdicts
from circularity.score.scores import compute_scores as compute_scores
