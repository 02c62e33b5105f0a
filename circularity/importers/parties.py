"""Parties: the same name at the same postcode is the same party, under the same short code in every file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from circularity.importers.coded import Coded, combined, encoded, first_rows

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


def parties(names: Coded, postcodes: Coded, legal_forms: Sequence[str]) -> Coded:
    """The party of every row: its plain name and postcode; nothing where there is no name."""
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


def written_names(names: Coded, party: Coded) -> list[str]:
    """The name of every party as its first row writes it."""
    rows = np.flatnonzero(party.codes >= 0)
    _, first = first_rows(party.codes[rows])
    found = [""] * len(party.values)
    for key, name in zip(party.codes[rows[first]].tolist(), names.texts(rows[first]), strict=True):
        found[key] = name
    return found
