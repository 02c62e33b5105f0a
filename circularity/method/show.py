"""A declared indicator as text or plain data, for reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from circularity.method.declarations import Example
from circularity.method.functions import CalledFunction
from circularity.method.indicator import Indicator, RowSum
from circularity.method.load import Method
from circularity.texts import LANGUAGES, Texts


def as_data(method: Method, indicator: Indicator) -> dict[str, Any]:
    """Everything the declaration says, as plain data, with the typeset formula and the names `compute` takes.

    Beside the fields of the declaration: ``quantities`` with the ways to sum each, ``source_text`` (the source as a
    line), ``explained`` (what its words and rules mean, by language), ``latex``, ``arguments`` and ``method_version``.
    """
    spec = indicator.spec.model_dump(mode="json", by_alias=True)
    quantities = {
        n: {"name": {"nl": q.name.nl, "en": q.name.en}, "unit": q.unit, "sums": [_sum(s) for s in q.sums]}
        for n, q in indicator.quantities.items()
    }
    extra = {
        "source_text": method.sources.get(indicator.spec.source.key, indicator.spec.source.key),
        "explained": {lang: _explained(method, indicator, Texts(lang)) for lang in LANGUAGES},
        "latex": indicator.formula.latex(),
        "arguments": indicator.arguments,
        "method_version": method.version,
    }
    return {**spec, "quantities": quantities, **extra}


def _sum(way: RowSum) -> dict[str, Any]:
    return {
        "table": way.table,
        "where": {c: list(v) for c, v in way.where.items()},
        "sum": way.expression.text,
    }


def _explained(method: Method, indicator: Indicator, t: Texts) -> dict[str, Any]:
    """What the words of a declaration mean, in the language of `t`."""
    spec = indicator.spec
    return {
        "direction": t(f"direction.{indicator.direction}"),
        "bounds": _bounds(indicator, t),
        "levels": [t(f"level.{level}") for level in indicator.levels],
        "rollup": t(f"rollup.{spec.rollup}"),
        "missing_data": t(f"missing_data.{spec.missing_data}"),
        "decisions": [_decision(method, number) for number in spec.decisions],
        "examples": [_outcome(indicator, example, t) for example in spec.examples],
    }


def _bounds(indicator: Indicator, t: Texts) -> str:
    low, high = (None if end is None else t.tick(end) for end in indicator.bounds)
    key = {(True, True): "between", (True, False): "at_least", (False, True): "at_most"}.get(
        (low is not None, high is not None), "number"
    )
    return t(f"bounds.{key}", low=low, high=high)


def _decision(method: Method, number: str) -> str:
    """The number and title of a decision: the first heading of its page."""
    for path in sorted((method.root / "decisions").glob(f"{number}-*.md")):
        return path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").strip()
    return number


def _outcome(indicator: Indicator, example: Example, t: Texts) -> str:
    """What an example must give: a figure, or a refusal and why."""
    if example.expect != "refused":
        return f"{example.expect:g}"
    for condition in [*indicator.requires, *indicator.requires_of_parts]:
        if condition.formula.text == example.because:
            return t("show.refused", because=condition.because[t.lang])
    return t("show.refused", because=t(f"refusal.{example.because}"))


def as_text(method: Method, indicator: Indicator, lang: str) -> str:
    """Everything the declaration says, as text in `lang`."""
    t, spec = Texts(lang), indicator.spec
    explained = _explained(method, indicator, t)
    lines = [f"{indicator.name[lang]} ({indicator.id})", indicator.meaning[lang], "", t("show.formula")]
    lines += [f"  {n} = {f.text}   [{indicator.unit_of(n)}]  {indicator.label(n, lang)}" for n, f in indicator.steps()]
    lines += [f"  {indicator.id} = {indicator.formula.text}   [{indicator.unit}]"]
    if indicator.function is not None:
        lines.append(f"  {computed_by(method, indicator.function, lang)}")
        lines += [f"  {name} = {value}  ({meaning})" for name, value, meaning in parameters(indicator.function, lang)]
    lines.append("")
    lines += _sums(method, indicator, t)
    lines += _inputs(indicator, t)
    for condition in [*indicator.requires, *indicator.requires_of_parts]:
        lines.append(f"{t('show.requires')} {condition.formula.text}  ({t('show.else')} {condition.because[lang]})")
    references = "; ".join(f"{method.settings.frameworks[k][lang]} {v[lang]}" for k, v in spec.references.items())
    lines += [
        "",
        f"{t('show.direction')} {explained['direction']}",
        f"{t('show.bounds')} {explained['bounds']}",
        f"{t('show.levels')} {', '.join(explained['levels'])}",
        f"{t('show.rollup')} {explained['rollup']}",
        f"{t('show.missing_data')} {explained['missing_data']}",
        f"{t('show.references')} {references}",
        f"{t('show.source')} {method.sources.get(spec.source.key, spec.source.key)} {spec.source.at[lang]} "
        f"({t('status.' + spec.source.status)})",
    ]
    if spec.decisions:
        lines.append(f"{t('show.decisions')} {'; '.join(explained['decisions'])}")
    lines.append(t("show.examples"))
    for example, outcome in zip(spec.examples, explained["examples"], strict=True):
        given = ", ".join(f"{k} = {_given(v)}" for k, v in example.given.items()) or "-"
        lines.append(f"  {given} -> {outcome}  ({example.origin})")
    return "\n".join(lines)


def computed_by(method: Method, function: CalledFunction, lang: str) -> str:
    """What a function computes and where it comes from, as a sentence."""
    row = function.row
    source = f"{method.sources.get(row.source, row.source)} {row.at}".strip()
    what = {"nl": row.nl, "en": row.en}[lang]
    return Texts(lang)("show.computed_by", function=row.function, what=what, source=source)


def parameters(function: CalledFunction, lang: str) -> list[tuple[str, str, str]]:
    """Name, value and meaning of the parameters of a function; no meaning for one that the declaration gives itself."""
    t = Texts(lang)
    return [
        (name, value if isinstance(value, str) else t.tick(value), shared.name[lang] if shared else "")
        for name, value in function.parameters.items()
        for shared in (function.shared.get(name),)
    ]


def _sums(method: Method, indicator: Indicator, t: Texts) -> Iterator[str]:
    if indicator.quantities:
        yield t("show.sums")
    for name, quantity in indicator.quantities.items():
        yield f"  {name}: {quantity.name[t.lang]} [{quantity.unit}]"
        for way in quantity.sums:
            where = ", ".join(f"{c} = {' | '.join(v)}" for c, v in way.where.items())
            table = method.tables[way.table].name[t.lang]
            yield f"     {table}: {way.expression.text}" + (f"  ({where})" if where else "")


def _inputs(indicator: Indicator, t: Texts) -> Iterator[str]:
    if indicator.inputs:
        yield t("show.inputs")
    for name, item in indicator.inputs.items():
        said = ["-" if item.unit == "1" else item.unit]
        said += [] if item.default is None else [f"{t('show.default')} {item.default:g}"]
        said += [] if item.above is None else [f"> {item.above:g}"]
        said += [] if item.bounds == (None, None) else ["{}–{}".format(*_ends(item.bounds))]
        said += [] if item.needed_when is None else [f"{t('show.needed_when')} {item.needed_when}"]
        said += [] if item.if_unknown is None else [f"{t('show.if_unknown')} {item.if_unknown:g}"]
        yield f"  {name}: {item.name[t.lang]} [{', '.join(said)}]"


def _given(value: float | list[float] | list[str]) -> str:
    return f"[{', '.join(map(_plain, value))}]" if isinstance(value, list) else f"{value:g}"


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _ends(bounds: tuple[float | None, float | None]) -> tuple[str, ...]:
    return tuple("…" if end is None else f"{end:g}" for end in bounds)
