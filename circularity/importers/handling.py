"""Which receipts are of waste that was counted before (decision 0022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.importers.coded import first_rows

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Receipts:
    """Receipts of waste, as numbers that are the same for the same thing.

    Attributes
    ----------
    owner, processor, receiver : array of int
        Party of each; -1 where there is none.
    code, chapter : array of int
        Waste by code and by chapter.
    secondary : array of bool
        Waste whose chapter says that it comes from treating waste.
    period : array of int
    mass : array of int
        Whole number of the smallest unit.
    """

    owner: Ints
    processor: Ints
    receiver: Ints
    code: Ints
    chapter: Ints
    secondary: Mask
    period: Ints
    mass: Ints

    def handed_on(self, reading: str) -> Mask:
        """The receipts of waste that was counted before.

        Parameters
        ----------
        reading : {"code", "chapter", "any", "never"}
            What the owner must have received for its waste to be handed on.
        """
        return self.secondary | self._received_before(reading)

    def _received_before(self, reading: str) -> Mask:
        if reading == "never":
            return np.zeros(len(self.owner), dtype=bool)
        what = {"code": self.code, "chapter": self.chapter, "any": np.zeros_like(self.code)}[reading]
        width = int(what.max(initial=0)) + 1
        received = [
            pd.unique(party[party >= 0] * width + what[party >= 0]) for party in (self.processor, self.receiver)
        ]
        return np.isin(self.owner * width + what, np.concatenate(received)) & (self.owner >= 0)

    def beyond_received(self, handed: Mask) -> int:
        """The mass handed on above what its owners were seen to receive, by chapter and period.

        Waste from treating waste leaves under another chapter than it came in, so it is left out.
        """
        by_chapter = handed & ~self.secondary
        key = self.chapter * (int(self.period.max(initial=0)) + 1) + self.period
        width = int(key.max(initial=0)) + 1
        given, taken = self.owner * width + key, self.processor * width + key
        places, keys = first_rows(np.concatenate([given[by_chapter], taken]))
        split = int(by_chapter.sum())
        out, into = (np.zeros(len(keys), dtype=np.int64) for _ in range(2))
        np.add.at(out, places[:split], self.mass[by_chapter])
        np.add.at(into, places[split:], self.mass)
        return int(np.maximum(out - into, 0).sum())
