"""Levels: for what a figure is taken."""

from __future__ import annotations

from collections.abc import Sequence

from circularity.method.declarations import Level

# Levels whose sums are taken over flows between parties. The level product is different in kind: see `part_columns`.
PARTY_LEVELS: tuple[Level, ...] = ("organisation", "fieldlab")


def widest(levels: Sequence[Level]) -> Level:
    """The widest of the levels that an assessment has figures for."""
    order: tuple[Level, ...] = ("fieldlab", "organisation", "product")
    return next(level for level in order if level in levels)
