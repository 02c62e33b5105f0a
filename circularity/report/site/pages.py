"""The pages of the review pack: the method as Markdown, one page per indicator, framework and list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from circularity.errors import CircularityError
from circularity.method.compute import Computed, compute_one
from circularity.method.factors import Bound
from circularity.method.indicator import Indicator, answers, numbers
from circularity.method.load import Method
from circularity.method.reviews import Finding, read_reviews
from circularity.method.show import computed_by, parameters
from circularity.method.vocabulary import Vocabulary
from circularity.texts import Texts

TEMPLATES = Path(__file__).with_name("templates")
# Codes from which the pack shows the highest of a list only.
LONGEST_LIST = 100
HEADINGS = {"nl": "Nederlands", "en": "English"}
# Signs that Markdown reads as more than themselves.
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|$#~])")

Link = Callable[[str, str], str]


@dataclass(frozen=True)
class Page:
    """One page: its place without ending, its title and its text, and its place in the margin.

    `section` is a heading over pages of the first level; `above` is the page above it.
    """

    name: str
    title: str
    text: str
    section: str = ""
    above: str = "index"


class Pages:
    """The pages of one method in one language.

    Parameters
    ----------
    method : Method
    lang : {"nl", "en"}
    earlier : Method, optional
        The version before, for the page of changes.
    linked : bool, optional
        Whether references to other pages are links, as on a site, or plain text, as on paper.
    """

    def __init__(self, method: Method, lang: str, earlier: Method | None = None, linked: bool = True) -> None:
        self.method, self.lang, self.earlier, self.linked = method, lang, earlier, linked
        self.texts = Texts(lang)
        self.reviews = read_reviews(method)
        self._templates = Environment(  # noqa: S701  (Markdown, where `md` makes every text harmless)
            loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["md"] = plain
        self._templates.globals.update(
            {
                "t": self.texts,
                "lang": lang,
                "method": method,
                "unit": self._unit,
                "source": self._source,
                "linked": linked,
                "highest": highest,
                "bounds": self._bounds,
            }
        )

    def all(self) -> list[Page]:
        """Every page, in reading order; the first is the cover."""
        return [
            self._page("index", self.method.settings.name[self.lang], "index.md", groups=self._groups()),
            *self._statements(),
            *self._indicators(),
            *(self._framework(f) for f in self.method.frameworks),
            self._page("scores", self.texts("pack.scores"), "scores.md", **self._scores()),
            self._page("tables", self.texts("pack.tables"), "tables.md"),
            self._page("vocabularies", self.texts("pack.vocabularies"), "vocabularies.md"),
            self._page("factors", self.texts("pack.factors"), "factors.md"),
            *self._decisions(),
            self._page("unverified", self.texts("pack.unverified"), "unverified.md", **self._unverified()),
            self._page("reviews", self.texts("pack.reviews"), "reviews.md", findings=self.reviews),
            self._page("changes", self.texts("pack.changes"), "changes.md", **self._changes()),
            self._page("sources", self.texts("pack.sources"), "sources.md"),
        ]

    def _page(self, name: str, title: str, template: str, **values: Any) -> Page:
        depth = name.count("/")

        def link(target: str, text: str) -> str:
            return f"[{plain(text)}]({'../' * depth}{target}.md)" if self.linked else plain(text)

        text = self._templates.get_template(template).render(title=title, link=link, **values)
        body = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
        if name.startswith("indicators/"):
            return Page(name, title, body, above=f"groups/{values['i'].group}")
        folder = name.partition("/")[0] if "/" in name else "method"
        return Page(name, title, body, self.texts(f"pack.{folder}"))

    # Texts of the method -----------------------------------------------------------------------------------------

    def _statements(self) -> Iterator[Page]:
        for name in ("definition", "principles", "agreement"):
            path = self.method.root / f"{name}.md"
            if path.is_file():
                text = self._in_language(path.read_text(encoding="utf-8"))
                title = self.texts(f"pack.{name}")
                body = f"# {title}\n\n{text}\n{self._found(f'{name}.md')}"
                yield Page(name, title, body, self.texts("pack.method"))

    def _in_language(self, text: str) -> str:
        """The part of a page of the method that is in the language."""
        rest = text.partition("\n")[2]
        parts = re.split(r"^## (.+)$", rest, flags=re.MULTILINE)
        bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
        return bodies.get(HEADINGS[self.lang], rest).strip()

    def _decisions(self) -> Iterator[Page]:
        for path in sorted((self.method.root / "decisions").glob("[0-9]*.md")):
            text = path.read_text(encoding="utf-8")
            title = text.partition("\n")[0].removeprefix("# ")
            note = "" if self.lang == "en" else f"*{self.texts('pack.in_english')}*\n\n"
            body = f"# {title}\n\n{note}{text.partition(chr(10))[2].strip()}\n"
            body += self._found(f"decisions/{path.name}")
            yield Page(f"decisions/{path.stem}", title, body, self.texts("pack.decisions"))

    def _found(self, file: str) -> str:
        """The findings about a file, as the end of its page."""
        mine = [f for f in self.reviews if f.about == file]
        return self._templates.get_template("findings.md").render(findings=mine) if mine else ""

    @cached_property
    def _decision_pages(self) -> dict[str, str]:
        return {p.stem.split("-")[0]: f"decisions/{p.stem}" for p in (self.method.root / "decisions").glob("[0-9]*.md")}

    # Indicators --------------------------------------------------------------------------------------------------

    def _groups(self) -> dict[str, list[Indicator]]:
        found: dict[str, list[Indicator]] = {}
        for indicator in self.method.indicators.values():
            found.setdefault(indicator.group, []).append(indicator)
        return found

    def _indicators(self) -> Iterator[Page]:
        for group, indicators in self._groups().items():
            title = self.method.settings.groups[group][self.lang]
            yield self._page(f"groups/{group}", title, "group.md", indicators=indicators)
            yield from map(self._indicator, indicators)

    def _indicator(self, indicator: Indicator) -> Page:
        decisions = [(n, self._decision_pages[n]) for n in indicator.spec.decisions if n in self._decision_pages]
        return self._page(
            f"indicators/{indicator.id}",
            indicator.name[self.lang],
            "indicator.md",
            i=indicator,
            spec=indicator.spec,
            lines=self._lines(indicator),
            computed_by=indicator.function and computed_by(self.method, indicator.function, self.lang),
            symbols=self._symbols(indicator),
            sums=self._sums(indicator),
            worked=self._worked(indicator),
            used=self._used(indicator),
            decisions=decisions,
            findings=self._findings(indicator),
        )

    def _lines(self, indicator: Indicator) -> list[str]:
        lines = []
        for name, formula in indicator.lines():
            left = name or indicator.id
            lines.append(rf"{_symbol(left)} = {formula.latex(decimal=self.texts.decimal)}")
        return lines

    def _symbols(self, indicator: Indicator) -> list[dict[str, str]]:
        rows = []
        for name, quantity in indicator.quantities.items():
            rows.append({"symbol": name, "meaning": quantity.name[self.lang], "unit": self._unit(quantity.unit)})
        for name, spec in indicator.inputs.items():
            default = "" if spec.default is None else f"{self.texts('show.default')} {self.texts.tick(spec.default)}"
            row = {"symbol": name, "meaning": spec.name[self.lang], "unit": self._unit(spec.unit), "note": default}
            rows.append(row)
        for name, constant in indicator.constants.items():
            note = f"{self.texts.tick(constant.value)} ({constant.set}, {constant.year})"
            unit = self._unit(constant.unit)
            rows.append({"symbol": name, "meaning": constant.name[self.lang], "unit": unit, "note": note})
        if (function := indicator.function) is not None:
            for name, value, meaning in parameters(function, self.lang):
                unit = self._unit(function.shared[name].unit) if name in function.shared else ""
                rows.append({"symbol": name, "meaning": meaning, "unit": unit, "note": value})
        for name, step in indicator.spec.let.items():
            rows.append({"symbol": name, "meaning": step.name[self.lang], "unit": self._unit(step.unit)})
        return rows

    def _sums(self, indicator: Indicator) -> list[dict[str, str]]:
        rows = []
        for name, quantity in indicator.quantities.items():
            for way in quantity.sums:
                table = self.method.tables[way.table]
                where = []
                for column, codes in way.where.items():
                    vocabulary = self.method.vocabularies[str(table.columns[column].vocabulary)]
                    labels = f" {self.texts('report.or')} ".join(vocabulary.label(c, self.lang) for c in codes)
                    where.append(f"{table.columns[column].name[self.lang]} = {labels}")
                said = {"table": table.name[self.lang], "sum": way.expression.text, "where": "; ".join(where)}
                rows.append({"symbol": name, **said})
        return rows

    def _worked(self, indicator: Indicator) -> list[dict[str, Any]]:
        rows = []
        for example in indicator.spec.examples:
            given = ", ".join(f"{k} = {_values(v, self.texts)}" for k, v in example.given.items())
            try:
                found: Computed | None = compute_one(indicator, example.given)
                refused = ""
            except CircularityError as problem:
                found, refused = None, problem.text(self.lang)
            steps = []
            if found is not None:
                shown = {n: self._figure(v) for n, v in found.terms.items()}
                for name, formula in indicator.lines():
                    value = found.terms[name] if name else found.value
                    put_in = formula.substituted(shown, self.texts.decimal)
                    steps.append(f"{name or indicator.id} = {put_in} = {self._figure(value)}")
            given_names = " ".join(f"{k}={_argument(v)}" for k, v in example.given.items())
            command = f"circularity compute {indicator.id} {given_names}".strip()
            rows.append(
                {"given": given, "steps": steps, "refused": refused, "origin": example.origin, "command": command}
            )
        return rows

    def _figure(self, value: float) -> str:
        """A number to six significant digits, with no more decimals than it has."""
        return self.texts.tick(float(f"{value:.6g}"))

    def _used(self, indicator: Indicator) -> list[str]:
        t, found = self.texts, []
        for framework in self.method.frameworks.values():
            mine = numbers(indicator, framework.id)
            if mine:
                found.append(f"{framework.name[self.lang]}: {', '.join(mine)}")
        shown = {k: v for k, v in indicator.spec.references.items() if k not in self.method.frameworks}
        found += [f"{self.method.settings.frameworks[k][self.lang]}: {v[self.lang]}" for k, v in shown.items()]
        if any(indicator.id in tree for tree in self.method.score_trees.values()):
            found.append(t("pack.in_score"))
        for kind, ids in self.method.settings.headline.items():
            if indicator.id in ids:
                found.append(t("pack.in_headline", kind=self.method.settings.kinds[kind].name[self.lang]))
        for target in self.method.targets.to_dict("records"):
            if target["indicator"] == indicator.id:
                found.append(t("pack.in_target", text=target[self.lang], year=target["by_year"]))
        for other in self.method.indicators.values():
            if any(i.indicator == indicator.id for i in other.inputs.values()):
                found.append(t("pack.in_indicator", name=other.name[self.lang]))
        return found

    def _findings(self, indicator: Indicator) -> list[Finding]:
        return [f for f in self.reviews if f.about == indicator.id]

    # Lists -------------------------------------------------------------------------------------------------------

    def _framework(self, id_: str) -> Page:
        framework = self.method.frameworks[id_]
        rows = answers(framework, self.method.indicators.values())
        versions = list(dict.fromkeys(v for item in framework.items for v in item.ids))
        return self._page(
            f"frameworks/{id_}",
            framework.name[self.lang],
            "framework.md",
            framework=framework,
            rows=rows,
            versions=versions,
        )

    def _scores(self) -> dict[str, Any]:
        kinds = self.method.settings.kinds.values()
        trees = [
            {"kinds": ", ".join(k.name[self.lang] for k in kinds if k.scores == file), "rows": list(tree)}
            for file, tree in self.method.score_trees.items()
        ]
        return {"trees": trees, "targets": self.method.targets.to_dict("records")}

    def _unverified(self) -> dict[str, Any]:
        factors = [f for t in self.method.factors.values() for f in t.values() if f.status != "verified"]
        return {
            "indicators": [i for i in self.method.indicators.values() if i.spec.source.status != "verified"],
            "factors": factors,
            "targets": [t for t in self.method.targets.to_dict("records") if t["status"] != "verified"],
            "pedigree": sum(row.status != "verified" for row in self.method.pedigree_in_use),
        }

    def _changes(self) -> dict[str, Any]:
        from circularity.method.diff import diff

        changes = diff(self.earlier, self.method) if self.earlier is not None else []
        shown = [c for c in changes if c.matters]
        changelog = (self.method.root / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n")[2].strip()
        return {"changes": shown, "earlier": self.earlier, "changelog": changelog}

    def _unit(self, unit: str) -> str:
        units = self.method.vocabularies["units"]
        if unit == "1":
            return "–"
        parts = re.split("([/*])", unit)  # a unit that is made of others reads as they do
        return units.label(unit, self.lang) if unit in units else "".join(units.label(p, self.lang) for p in parts)

    def _bounds(self, bound: Bound) -> str:
        """The ends of a plausibility bound, with … where there is none; of an outlier its limits."""
        t, spec = self.texts, bound.spec
        if spec.kind == "outlier":
            limits = {"score": t.tick(spec.high or 0), "factor": t.tick(spec.factor or 1), "fewest": spec.fewest}
            return t("pack.outlier", by=", ".join(bound.groups), **limits)
        return " – ".join("…" if end is None else t.tick(end) for end in (spec.low, spec.high))

    def _source(self, key: str) -> str:
        return self.method.sources.get(key, key)


def highest(vocabulary: Vocabulary) -> list[str]:
    """The codes of a list, or the highest of one so long that nobody would read the rest."""
    if len(vocabulary) <= LONGEST_LIST:
        return vocabulary.codes
    return [code for code in vocabulary.codes if vocabulary.ancestors(code) == [code]]


def plain(text: object) -> str:
    """A text that Markdown shows as it is."""
    return MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def _symbol(name: str) -> str:
    """The left-hand side of a formula: a symbol, or the id of the indicator as text."""
    from circularity.method.symbolic import symbol_latex

    return symbol_latex(name) if not name.islower() else r"\text{" + name.replace("_", " ") + "}"


def _values(value: float | list[float] | list[str], texts: Texts) -> str:
    shown = value if isinstance(value, list) else [value]
    return "; ".join(v if isinstance(v, str) else texts.tick(v) for v in shown)


def _argument(value: float | list[float] | list[str]) -> str:
    shown = value if isinstance(value, list) else [value]
    return ":".join(v if isinstance(v, str) else f"{v:g}" for v in shown)
