"""What changed between two versions of the method, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from circularity.errors import CircularityError
from circularity.method.formula import Formula
from circularity.method.load import Method
from circularity.method.settings import SCORES
from circularity.texts import Texts

# Names of the last part of a key whose text is a formula, which is shown typeset.
FORMULAS = ("formula", "that", "sum", "needed_when")

Subject = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """One difference between two versions.

    Attributes
    ----------
    kind : {"added", "removed", "changed"}
    subject : str
        What kind of thing: ``indicator``, ``quantity``, ``function``, ``parameter``, ``factor``, ``bound`` (of
        plausibility), ``score``, ``target``, ``list`` (of codes), ``code``, ``column``, ``framework`` or ``setting``.
    id : str
    key : str
        The field that changed; empty when the whole was added or removed.
    old, new : str
        What it says; empty on the side where there is nothing.
    old_latex, new_latex : str
        The same typeset, for formulas.
    """

    kind: Literal["added", "removed", "changed"]
    subject: str
    id: str
    key: str = ""
    old: str = ""
    new: str = ""
    old_latex: str = ""
    new_latex: str = ""

    def text(self, lang: str) -> str:
        """The change as a line of text."""
        t = Texts(lang)
        what = f"{t('diff.' + self.subject)} {self.id}"
        if self.kind != "changed":
            detail = self.new or self.old
            if self.subject == "list":
                detail = t("diff.codes", count=detail)
            return f"{t('diff.' + self.kind)}: {what}" + (f" ({detail})" if detail else "")
        old, new = (text or t("diff.nothing") for text in (self.old, self.new))
        return f"{t('diff.changed')}: {what}, {self.key}: {old} → {new}"

    @property
    def matters(self) -> bool:
        """Whether figures may differ by it: no changed text, example or reference."""
        if self.kind != "changed" or self.subject not in ("indicator", "quantity"):
            # What is said about a code list is a text; that a list came or went may matter to those who use its codes.
            about = self.subject == "setting" and self.id.startswith("lists.")
            return self.subject not in ("bound", "code", "column", "framework", "function") and not about
        return not self.key.startswith(("examples", "references", "name", "meaning", "deviation", "source", "display"))

    def as_dict(self) -> dict[str, str]:
        """The change as plain data."""
        return dict(vars(self))


def diff(old: Method, new: Method) -> list[Change]:
    """Every difference in what two versions say, texts included.

    Parameters
    ----------
    old, new : Method

    Returns
    -------
    list of Change
        By kind of subject, in the order of the files.
    """
    before, after = dict(_subjects(old)), dict(_subjects(new))
    found = []
    lists = set(old.vocabularies) ^ set(new.vocabularies)
    for subject in dict.fromkeys([*after, *before]):
        kind, id_ = subject
        # A list that came or went whole is one change; of one that stayed every code that changed is one.
        if (kind == "code" and id_.partition(".")[0] in lists) or (kind == "list" and id_ not in lists):
            continue
        if subject not in before:
            found.append(Change("added", kind, id_, new=_summary(after[subject])))
        elif subject not in after:
            found.append(Change("removed", kind, id_, old=_summary(before[subject])))
        else:
            found += _changed(kind, id_, before[subject], after[subject])
    order = list(dict.fromkeys(kind for kind, _ in [*after, *before]))
    return sorted(found, key=lambda c: order.index(c.subject))


def summary(changes: list[Change], lang: str) -> list[str]:
    """How much was added, removed and changed, by kind of subject, in words."""
    t, subjects = Texts(lang), {(c.kind, c.subject, c.id) for c in changes}
    counts = Counter((kind, subject) for kind, subject, _ in subjects)
    return [
        f"{t('diff.' + kind)}: {t('diff.' + subject)} ({count})" for (kind, subject), count in sorted(counts.items())
    ]


def _changed(kind: str, id_: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys([*new, *old]):
        was, now = old.get(key, ""), new.get(key, "")
        if was != now:
            yield Change("changed", kind, id_, key, was, now, _typeset(key, was), _typeset(key, now))


def _typeset(key: str, text: str) -> str:
    if not text or key.rpartition(".")[2] not in FORMULAS:
        return ""
    try:
        return Formula(text, condition=key.endswith(("that", "needed_when"))).latex()
    except CircularityError:
        return ""


def _summary(leaves: Mapping[str, str]) -> str:
    telling = ("formula", "function", "value", "count", "name.en", "en")
    return next((leaves[key] for key in telling if leaves.get(key)), "")


def _subjects(method: Method) -> Iterator[tuple[Subject, dict[str, str]]]:
    """Everything a version says, by what it is about, as text by key."""
    for indicator in method.indicators.values():
        yield ("indicator", indicator.id), _leaves(indicator.spec.model_dump(mode="json", by_alias=True))
    for name, quantity in method.quantities.items():
        sums = [
            {"table": s.table, "where": {c: list(v) for c, v in s.where.items()}, "sum": s.expression.text}
            for s in quantity.sums
        ]
        yield ("quantity", name), _leaves({"name": quantity.name.model_dump(), "unit": quantity.unit, "sums": sums})
    for name, (_, listed) in method.functions.items():
        yield ("function", name), _leaves(listed.model_dump(mode="json", exclude={"function"}))
    for file, parameters in method.parameters.items():
        for key, parameter in parameters.items():
            yield ("parameter", f"{file}.{key}"), _leaves(parameter.model_dump(mode="json"))
    for table, factors in method.factors.items():
        for key, factor in factors.items():
            yield ("factor", f"{table}.{key}"), _leaves(factor.model_dump(mode="json", exclude={"key"}))
    for bound in method.plausibility:
        yield ("bound", bound.spec.id), _leaves(bound.spec.model_dump(mode="json", exclude={"id"}))
    for file, tree in method.score_trees.items():
        for row in tree.table().to_dict("records"):
            code = row.pop("code")
            yield ("score", code if file == SCORES else f"{code} ({file})"), _leaves(row)
    for row in method.targets.to_dict("records"):
        yield ("target", row.pop("target")), _leaves(row)
    for path, value in _leaves(method.settings.model_dump(mode="json")).items():
        yield ("setting", path), {"value": value}
    if method.consensus is not None:
        for path, value in _leaves(method.consensus.rules.model_dump(mode="json", by_alias=True)).items():
            yield ("setting", f"consensus.{path}"), {"value": value}
        for table, indices in method.consensus.random_indices.items():
            yield ("factor", f"random_index.{table}"), {str(items): str(value) for items, value in indices.items()}
        for (judgement, items), most in method.consensus.thresholds.items():
            yield ("factor", f"bwm_thresholds.{judgement}_{items}"), {"value": str(most)}
    for vocabulary in method.vocabularies.values():
        yield ("list", vocabulary.name), {"count": str(len(vocabulary))}
        for row in vocabulary.table.to_dict("records"):
            yield ("code", f"{vocabulary.name}.{row.pop('code')}"), _leaves(row)
    for name, spec in method.tables.items():
        for column, declared in {**spec.columns, **spec.derived}.items():
            yield ("column", f"{name}.{column}"), _leaves(declared.model_dump(mode="json"))
    for framework in method.frameworks.values():
        for item in framework.items:
            yield ("framework", f"{framework.id} {item.id}"), _leaves(item.model_dump(mode="json", exclude={"id"}))


def _leaves(data: Any, path: str = "") -> dict[str, str]:
    """Nested data as text by path; what is empty is left out."""
    if isinstance(data, Mapping) and set(data) == {"nl", "en"} and data["nl"] == data["en"]:
        return {path: str(data["en"])}
    if isinstance(data, Mapping):
        pairs = [(str(k), v) for k, v in data.items()]
    elif isinstance(data, list) and any(isinstance(v, (Mapping, list)) for v in data):
        pairs = [(str(i), v) for i, v in enumerate(data, start=1)]
    else:
        text = ", ".join(map(str, data)) if isinstance(data, list) else str(data)
        return {} if data in (None, "", []) else {path: text}
    found: dict[str, str] = {}
    for key, value in pairs:
        found |= _leaves(value, f"{path}.{key}" if path else key)
    return found
