"""Reading what is a tree: the score trees of a method, and code lists in which codes are above others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from circularity.errors import CircularityError, DataError, FileError, MethodError, Where, either
from circularity.method.readers import read_text_table
from circularity.method.settings import SCORES, Settings
from circularity.method.validation import collect_errors
from circularity.scoring.read_tree import read_tree
from circularity.scoring.tree import ScoreTree, circles
from circularity.texts import LANGUAGES, word

# What a table of scores of a method must say in addition to what every score tree needs.
ALSO_NEEDED = ("direction", "agreed", *LANGUAGES)


def read_score_trees(root: Path, settings: Settings | None, faults: list[CircularityError]) -> dict[str, ScoreTree]:
    """The score trees by file: those that can be read.

    Parameters
    ----------
    root : Path
        Folder of the method.
    settings : Settings or None
        Content of ``method.yaml``, if it can be read: each kind of fieldlab names its file.
    faults : list of CircularityError
        Takes what is wrong in them.
    """
    found = {}
    for file in dict.fromkeys([SCORES, *([] if settings is None else (k.scores for k in settings.kinds.values()))]):
        with collect_errors(faults):
            table = read_text_table(root / file, file)
            table.attrs["file"] = file
            lacking = [c for c in ALSO_NEEDED if c not in table]
            for column in lacking:
                where = Where(file=file, row=1)
                faults.append(DataError("MissingColumn", where=where, found=column, expected=f"{', '.join(table)}."))
            if not lacking:
                tree = read_tree(table)
                faults += _unfilled(tree, table)
                found[file] = tree
    return found


def _unfilled(tree: ScoreTree, table: pd.DataFrame) -> Iterator[CircularityError]:
    for node, row in zip(tree, table.to_dict("records"), strict=True):
        if node.agreed is None:
            where, empty = tree.where(node.code, "agreed"), word("empty", "yaml_value")
            yield FileError("WrongValue", where=where, found=empty, expected=either(["yes", "no"]))
        for lang in LANGUAGES:
            if not str(row[lang]).strip():
                yield MethodError("MissingTranslation", where=tree.where(node.code, lang), found=lang)


def is_tree(table: pd.DataFrame, file: str, faults: list[CircularityError]) -> bool:
    """Whether the codes of a list are a tree, of any number of tops; what is not goes to `faults`."""
    before, rows = len(faults), dict[str, int]()
    for row, code in enumerate(table["code"], start=2):
        if code in rows:
            faults.append(MethodError("DuplicateId", where=Where(file=file, row=row, column="code"), found=code))
        rows.setdefault(code, row)
    parents = dict(zip(reversed(table["code"].tolist()), reversed(table["parent"].tolist()), strict=True))
    parents = {code: parents[code] for code in rows}
    round_ = circles(parents)
    for row, (code, above) in enumerate(zip(table["code"], table["parent"], strict=True), start=2):
        where = Where(file=file, row=row, column="parent")
        if above and above not in rows:
            faults.append(FileError("WrongValue", where=where, found=above, expected=word("code_above", "expected")))
        if rows[code] == row and code in round_:
            faults.append(MethodError("Circle", where=where, found=code, path=" > ".join(round_[code])))
    return len(faults) == before
