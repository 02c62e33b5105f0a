"""The headings of a table: the names of its columns, and what is above them on a sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from circularity.method.declarations import Column, Table
from circularity.tables.csv_text import ROWS_SEARCHED, SEPARATORS
from circularity.tables.suggestions import Names
from circularity.texts import LANGUAGES, Texts

# A heading holds at least this part of names that are known; a row of cells may hold one by chance.
KNOWN_PART = 0.25
# The unit behind a heading, such as [EUR/t].
UNIT_BEHIND = re.compile(r"\s*\[([^\]]*)\]$")


def column_names(table: Table) -> Names:
    """The columns of a table, with their names in both languages and their meaning."""
    return Names(
        {c: [spec.name.nl, spec.name.en] for c, spec in table.columns.items()},
        {c: f"{spec.meaning.nl} {spec.meaning.en}" for c, spec in table.columns.items()},
    )


def in_our_words(heading: Sequence[str], names: Names) -> list[str]:
    """Headings as the names of columns, where they are other words for one, with or without a unit behind them."""
    found = []
    for title in heading:
        bare = UNIT_BEHIND.sub("", title)
        meant = [title] if title in names else names.exactly(title) or names.exactly(bare)
        found.append(meant[0] if len(meant) == 1 else title)
    return found


def unit_behind(spec: Column) -> dict[str, str] | None:
    """The unit behind the heading of a column; None for shares, and where another column holds it."""
    if spec.unit in (None, "1") or spec.kind in ("mass", "measure"):
        return None
    return {lang: Texts(lang).unit(str(spec.unit)) for lang in LANGUAGES}


def heading_of(spec: Column, lang: str) -> str:
    """The heading of a column on a sheet, with its unit."""
    unit = unit_behind(spec)
    return spec.name[lang] if unit is None else f"{spec.name[lang]} [{unit[lang]}]"


def heading_row(rows: Sequence[Sequence[str]], names: Names) -> int | None:
    """The position of the row that holds the column names: the first, or one further down that knows more of them."""
    known = [_known(row, names) for row in rows[:ROWS_SEARCHED]]
    best = max(range(len(known)), key=lambda i: known[i])
    filled = sum(bool(cell.strip()) for cell in rows[best])
    return best if known[best] > 0 and known[best] >= KNOWN_PART * filled else None


def mixed_heading(shown: Sequence[str], names: Names, separator: str) -> str | None:
    """What else separates the headings, when one cell holds several of them."""
    for other in SEPARATORS:
        parts = [cell.split(other) for cell in shown if other in cell and other != separator]
        if any(all(names.exactly(part) for part in cell) for cell in parts):
            return other
    return None


def _known(cells: Sequence[str], names: Names) -> int:
    return sum(bool(names.exactly(cell.strip('" '))) for cell in cells)
