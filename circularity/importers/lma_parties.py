"""Parties of receipts of waste, and which of them hand on waste that was counted before (decision 0022).

The same name at the same postcode is the same party, under the same short code in every file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circularity.importers.encoded import EncodedColumn, combined, encoded, first_rows
from circularity.tables.numbers import Mask

Ints = npt.NDArray[np.int64]
# 64 bits: among a million parties the chance that two share a code is one in thirty million. [bytes]
CODE_SIZE = 8
# Between name and postcode; neither holds one after tidying.
BETWEEN = "\t"


def plain_names(values: pa.StringArray, legal_forms: Sequence[str]) -> pa.StringArray:
    """Names in capitals without accents, punctuation and legal form; empty when no letter is left."""
    names = pc.utf8_upper(pc.utf8_normalize(values, "NFKD"))
    names = pc.replace_substring_regex(names, r"[\p{Mn}.'’`]", "")
    names = pc.replace_substring_regex(names, r"[^\p{L}\p{N}]+", " ")
    if legal_forms:
        form = f"({'|'.join(legal_forms)})"
        names = pc.replace_substring_regex(names, f"(^| ){form}( {form})*( |$)", " ")
    names = pc.utf8_trim_whitespace(names)
    return pc.if_else(pc.match_substring_regex(names, r"\p{L}"), names, "")


def plain_postcodes(values: pa.StringArray) -> pa.StringArray:
    """Postcodes in capitals without spaces."""
    return pc.replace_substring_regex(pc.utf8_upper(values), r"[^0-9A-Z]", "")


def parties(names: EncodedColumn, postcodes: EncodedColumn, legal_forms: Sequence[str]) -> EncodedColumn:
    """The party of every row: its plain name and postcode; empty where the name is."""
    name = names.mapped(lambda values: plain_names(values, legal_forms))
    postcode = postcodes.mapped(plain_postcodes)
    places, first = first_rows(combined(name, postcode))
    keys = pc.binary_join_element_wise(
        pc.fill_null(name.take(first).plain(), ""), pc.fill_null(postcode.take(first).plain(), ""), BETWEEN
    )
    keys = pc.if_else(pc.starts_with(keys, BETWEEN), None, keys)
    return encoded(keys, places)


def codes(keys: pa.StringArray, prefix: str) -> pa.StringArray:
    """A short code for every party, the same in every file."""
    digests = [hashlib.blake2b(key.encode(), digest_size=CODE_SIZE).hexdigest() for key in keys.to_pylist()]
    return pc.binary_join_element_wise(prefix, pa.array(digests, pa.string()), "")


def written_names(names: EncodedColumn, party: EncodedColumn) -> list[str]:
    """The name of every party as its first row writes it."""
    rows = np.flatnonzero(party.codes >= 0)
    _, first = first_rows(party.codes[rows])
    found = [""] * len(party.values)
    for key, name in zip(party.codes[rows[first]].tolist(), names.texts(rows[first]), strict=True):
        found[key] = name
    return found


# Waste handed on ------------------------------------------------------------------------------------------------------


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
