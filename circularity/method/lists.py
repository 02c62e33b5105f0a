"""Looking something up in a code list."""

from __future__ import annotations

import re

from circularity.errors import CallError, meant
from circularity.method.load import Method
from circularity.method.vocabulary import Vocabulary
from circularity.tables.suggestions import simplified

# Columns that say what a code is, beside the code itself.
TOLD_IN = ("nl", "en", "also", "meaning_nl", "meaning_en")


def code_list(method: Method, name: str) -> Vocabulary:
    """The code list of this name.

    Raises
    ------
    UnknownList
        If the method has none of this name; names the nearest.
    """
    try:
        return method.vocabularies[name]
    except KeyError:
        known = list(method.vocabularies)
        raise CallError("UnknownList", found=name, expected=known, hint=meant(name, known)) from None


def find_codes(vocabulary: Vocabulary, text: str | None = None) -> list[str]:
    """The codes that `text` may be about, in the order of the list; all of them without it.

    Parameters
    ----------
    vocabulary : Vocabulary
    text : str, optional
        The beginning of a code, written with or without its points, spaces and asterisk; or words, all of which stand
        in the names or the meaning of a code, whatever the case of their letters. Codes under a code that is found by
        its name are found with it.
    """
    if not text or not text.strip():
        return vocabulary.codes
    start = re.sub(r"[\s.*]", "", text).lower()
    by_code = [c for c in vocabulary.codes if start and c.replace(".", "").lower().startswith(start)]
    if by_code:
        return by_code
    words = simplified(text).split()
    columns = [c for c in TOLD_IN if c in vocabulary.table]
    said = {c: simplified(" ".join(row)) for c, *row in vocabulary.table[["code", *columns]].itertuples(index=False)}
    named = {c for c, told in said.items() if words and all(word in told for word in words)}
    return [c for c in vocabulary.codes if named & set(vocabulary.ancestors(c))]
