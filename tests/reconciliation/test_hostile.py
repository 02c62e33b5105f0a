"""Whatever stands in the tables: an account that balances, or a named error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.errors import CircularityError
from circularity.reconciliation import reconcile

NAMES = st.sampled_from(["a", "b", "c", "P", "Q", "group", "stock", "", " P", None, "=1+1", "<b>", "../x", "\u202e"])
CELLS = st.sampled_from(
    [1, 2.5, 100, "3", "1e2", "1e308", 1e308, -5, 0, "0", "", None, float("nan"), "nan", "inf", float("inf"), True,
     "1,5", "1.000,5", "-", "=1", 1e-300, 1e99, "١"]
)  # fmt: skip
FLOWS = st.lists(st.tuples(NAMES, NAMES, CELLS, CELLS), min_size=0, max_size=8)
SHARES = st.lists(st.tuples(NAMES, NAMES, CELLS, CELLS), min_size=0, max_size=2)
PROCESSES = st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["yes", "nee", "", None, "maybe"])), max_size=3)


def _try(call: Callable[[], object]) -> object | None:
    try:
        return call()
    except CircularityError as error:
        for lang in ("nl", "en"):
            assert error.text(lang)
        return None


@settings(max_examples=150, deadline=None)
@given(flows=FLOWS, shares=SHARES, processes=PROCESSES, nonnegative=st.booleans())
def test_any_table_gives_a_balanced_account_or_a_named_error(
    flows: list[tuple[object, ...]],
    shares: list[tuple[object, ...]],
    processes: list[tuple[object, ...]],
    nonnegative: bool,
) -> None:
    result = _try(
        lambda: reconcile(
            pd.DataFrame(flows, columns=["from", "to", "value", "sd"], dtype=object),
            shares=pd.DataFrame(shares, columns=["from", "to", "share", "sd"], dtype=object) if shares else None,
            processes=pd.DataFrame(processes, columns=["process", "parent", "balanced"], dtype=object)
            if processes
            else None,
            nonnegative=nonnegative,
            draws=20,
        )
    )
    if result is not None:
        gap, size = result.balances["gap"], result.flows["value"].abs().max()  # type: ignore[attr-defined]
        assert (gap.isna() | (gap.abs() <= 1e-6 * size)).all()
        assert np.isfinite(result.statistic)  # type: ignore[attr-defined]
        result.summary("nl")  # type: ignore[attr-defined]
        result._repr_html_()  # type: ignore[attr-defined]
