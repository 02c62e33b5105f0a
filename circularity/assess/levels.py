"""Levels: which parties count as one entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from circularity.ledger.fieldlab import Fieldlab
from circularity.method.declarations import Level

# Levels whose sums are taken over flows between parties. The level product is different in kind: see `parts`.
PARTY_LEVELS: tuple[Level, ...] = ("organisation", "fieldlab")


def entity_of(fieldlab: Fieldlab, level: Level) -> Mapping[str, str]:
    """The entity that each organisation belongs to at a level.

    Flows between parties of the same entity are internal to it and count neither as input nor as output.
    """
    organisations = fieldlab.tables["organisations"]["organisation"]
    if level == "organisation":
        return {o: o for o in organisations}
    return dict.fromkeys(organisations, fieldlab.id)


def widest(levels: Sequence[Level]) -> Level:
    """The widest of the levels that an assessment has figures for."""
    order: tuple[Level, ...] = ("fieldlab", "organisation", "product")
    return next(level for level in order if level in levels)
