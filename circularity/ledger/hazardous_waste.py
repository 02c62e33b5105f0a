"""Hazardous waste: what the flow says, and what its code in the list of waste says (decision 0018)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from circularity.errors import CircularityError, DataError
from circularity.ledger.raw import RawTable
from circularity.method.load import Method
from circularity.tables.cells import UNKNOWN

# What the list of waste says of a code, and the code of `hazards` for it.
SAID = {"yes": "hazardous", "no": "non_hazardous"}


def said_by_code(flows: pd.DataFrame, method: Method) -> pd.Series[str]:
    """What the waste code of every flow says, as a code of `hazards`; empty where it says nothing."""
    eural = method.vocabularies.get("eural")
    if eural is None or "hazardous" not in eural.table or "eural" not in flows:
        return pd.Series("", index=flows.index, dtype="str")
    return flows["eural"].map(eural.table["hazardous"]).map(SAID).fillna("").astype("str")


def check(raw: RawTable, flows: pd.DataFrame, method: Method, faults: list[CircularityError]) -> None:
    """Add to `faults` every flow that says another thing than its waste code."""
    if "hazardous" not in flows:
        return
    said, given = said_by_code(flows, method), flows["hazardous"]
    wrong = (said != "") & given.isin(SAID.values()) & (given != said)
    for i in np.flatnonzero(wrong.to_numpy()):
        faults.append(
            DataError(
                "HazardContradicts",
                where=raw.where(i, "hazardous"),
                found=given.iloc[i],
                expected=said.iloc[i],
                code=flows["eural"].iloc[i],
            )
        )


def with_hazard(flows: pd.DataFrame, method: Method) -> pd.Series[str]:
    """Whether each flow is hazardous: as it says itself, or as its waste code says where it does not know."""
    said = said_by_code(flows, method)
    return flows["hazardous"].mask(flows["hazardous"].isin(["", UNKNOWN]) & (said != ""), said)
