"""What must hold for a method to be computed with: run whenever it is read, on what could be read of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from circularity.errors import CircularityError
from circularity.method.checks.factors import check_bounds, check_pedigree, check_targets
from circularity.method.checks.indicators import check_inputs, check_levels, check_missing_data, check_sums
from circularity.method.checks.names import DeclaredNames, check_names
from circularity.method.checks.scores import check_score_names
from circularity.method.checks.settings import check_kinds
from circularity.method.checks.tables import (
    check_code_lists,
    check_columns,
    check_derived_columns,
    check_roles,
    check_sums_of_tables,
    check_tables,
)
from circularity.method.model import Method

LINKS: tuple[Callable[[Method, DeclaredNames], Iterator[CircularityError]], ...] = (
    check_code_lists,
    check_roles,
    check_tables,
    check_columns,
    check_sums_of_tables,
    check_derived_columns,
    check_names,
    check_sums,
    check_inputs,
    check_levels,
    check_missing_data,
    check_kinds,
    check_pedigree,
    check_targets,
    check_score_names,
    check_bounds,
)
