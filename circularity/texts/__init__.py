"""What users read, in Dutch and English, and how numbers are written in each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

LANGUAGES = ("nl", "en")
_FOLDER = Path(__file__).parent
MISSING = "–"

# Offending values, and choices offered, that a message shows at most.
MOST_VALUES, MOST_CHOICES = 5, 15
# Decimals that a figure shows at most; what is smaller is shown as smaller than that.
MOST_DECIMALS = 6
# A number with more digits than this is shown with a power of ten.
LARGEST_IN_FULL = 1e18


class Both(BaseModel):
    """A text in Dutch and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nl: str = Field(pattern=r"\S")
    en: str = Field(pattern=r"\S")

    def __getitem__(self, lang: str) -> str:
        return str(getattr(self, lang))


@cache
def catalogue() -> dict[str, Any]:
    """All texts: section, key, language; the errors of all families by code."""
    sections: dict[str, Any] = {
        "errors": {code: entry for codes in _errors().values() for code, entry in codes.items()}
    }
    for path in sorted(_FOLDER.glob("*.yaml")):
        sections |= _load(path)
    return sections


@cache
def _errors() -> dict[str, dict[str, Any]]:
    """The texts of the errors: family, code, language."""
    families: dict[str, dict[str, Any]] = {}
    for path in sorted((_FOLDER / "errors").glob("*.yaml")):
        families |= _load(path)
    # Of several faults together the code is the name of their class.
    return families | {name: {name: entry} for name, entry in families.pop("Faults").items()}


def _load(path: Path) -> dict[str, Any]:
    # Written in C where the library has it: ten times as fast, and every start of the program waits for it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  (safe)
    return loaded


def error_codes(family: str) -> frozenset[str]:
    """The codes of a family of errors."""
    return frozenset(_errors()[family])


def error_text(code: str, part: str, lang: str, details: Mapping[str, Any]) -> str:
    """What an error says (``what``) or what to do (``to_do``), with `details` put in."""
    text = str(catalogue()["errors"][code][lang][part]).format_map(_Shown(details, lang))
    return text[:-1] if text.endswith("..") else text  # a detail may be a sentence of its own


class _Shown:
    """Details of an error as its sentence names them; one that was not given shows as a dash and does not fail."""

    def __init__(self, details: Mapping[str, Any], lang: str) -> None:
        self.details, self.lang = details, lang

    def __getitem__(self, key: str) -> str:
        if key not in self.details:
            return MISSING
        return _plain(self.details[key], self.lang, MOST_CHOICES if key == "expected" else MOST_VALUES)


def word(name: str, section: str = "words") -> Mapping[str, str]:
    """A word in all languages, for use as a detail of an error."""
    found: Mapping[str, str] = catalogue()[section][name]
    return found


def _plain(value: Any, lang: str, most: int = MOST_VALUES) -> str:
    if isinstance(value, Mapping):
        return _plain(value[lang], lang, most)
    if hasattr(value, "nl"):
        return str(getattr(value, lang))
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return ", ".join(_plain(v, lang) for v in items[:most]) + (", …" if len(items) > most else "")
    text = str(value)
    return text if len(text) <= 200 else text[:200] + "…"


class Texts:
    """Texts and numbers of one language.

    Parameters
    ----------
    lang : {"nl", "en"}
        Language.
    """

    def __init__(self, lang: str = "en") -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"lang must be one of {', '.join(LANGUAGES)}, not {lang!r}")
        self.lang = lang
        self.decimal = {"nl": ",", "en": "."}[lang]

    def __call__(self, key: str, **details: Any) -> str:
        """The text under ``section.key`` with `details` put in."""
        section, _, name = key.partition(".")
        template = str(catalogue()[section][name][self.lang])
        return template.format(**details) if details else template

    def pick(self, both: Mapping[str, str] | Any) -> str:
        """The text of this language out of a pair ``{nl: ..., en: ...}`` of the method."""
        if isinstance(both, Mapping):
            return str(both[self.lang])
        return str(getattr(both, self.lang))

    def number(self, value: float | None, digits: int = 3) -> str:
        """`value` to `digits` significant digits in the notation of the language."""
        from babel.numbers import format_decimal

        if value is None or not math.isfinite(value):
            return MISSING
        if value == 0:
            return "0"
        if abs(value) < 10.0**-MOST_DECIMALS:
            smallest = format_decimal(10.0**-MOST_DECIMALS, format="0." + "0" * MOST_DECIMALS, locale=self.lang)
            return f"< {smallest}" if value > 0 else f"> -{smallest}"
        rounded = rounded_half_up(value, digits - 1 - math.floor(math.log10(abs(value))))
        # After rounding, because 99.96 becomes 100 and has a digit more before the point.
        decimals = min(max(0, digits - 1 - math.floor(math.log10(abs(rounded)))), MOST_DECIMALS)
        return self._written(rounded, "#,##0" + ("." + "0" * decimals if decimals else ""))

    def fixed(self, value: float | None, decimals: int = 1) -> str:
        """`value` to a fixed number of decimals."""
        if value is None or not math.isfinite(value):
            return MISSING
        return self._written(rounded_half_up(value, decimals), "#,##0" + ("." + "0" * decimals if decimals else ""))

    def percent(self, share: float | None, digits: int = 3) -> str:
        """A share (0.374) as a percentage (37.4 %) to `digits` significant digits."""
        if share is None or not math.isfinite(share):
            return MISSING
        return f"{self.number(share * 100, digits)} %"

    def percentiles(self, interval: tuple[float, float]) -> str:
        """The ends of an interval in words: ``5–95 %``."""
        low, high = (self.tick(100 * end) for end in interval)
        return f"{low}–{high} %"

    def unit(self, unit: str) -> str:
        """A unit as readers know it: ``year`` is ``jaar`` in Dutch."""
        names = catalogue()["units"]
        return str(names[unit][self.lang]) if unit in names else unit

    def tick(self, value: float) -> str:
        """A number at an axis: as few decimals as it has."""
        return self._written(round(value, 10), "#,##0.##########")

    def _written(self, value: float | Decimal, pattern: str) -> str:
        from babel.numbers import format_decimal

        if abs(float(value)) >= LARGEST_IN_FULL:
            short = f"{float(value):.3g}"
            return short.replace(".", ",") if self.lang == "nl" else short
        return str(format_decimal(value, format=pattern, locale=self.lang))

    def signed(self, value: float, digits: int = 3) -> str:
        """`value` with its sign, a plus before what grew."""
        return f"+{self.number(value, digits)}" if value > 0 else self.number(value, digits).replace("-", "−")

    def probability(self, value: float) -> str:
        """A probability as a percentage; never quite 0 or 100 %, because it comes from draws."""
        if value > 0.99:
            return "> 99 %"
        return "< 1 %" if value < 0.01 else f"{self.fixed(value * 100, 0)} %"

    def mass(self, kg: float | None, digits: int = 3) -> str:
        """A mass in the unit that keeps the number short: kg, t, kt or Mt."""
        if kg is None or not math.isfinite(kg):
            return MISSING
        unit, factor = next(((u, f) for u, f in (("Mt", 1e9), ("kt", 1e6), ("t", 1e3)) if abs(kg) >= f), ("kg", 1.0))
        return f"{self.number(kg / factor, digits)} {unit}"

    def value(self, value: float | None, unit: str, display: str = "number", digits: int = 3) -> str:
        """A figure of the method with its unit: masses in a short unit, shares as `display` says."""
        if unit == "1" and display == "count" and value is not None and float(value).is_integer():
            return self.tick(value)  # what is counted is exact
        if unit == "1":
            return self.percent(value, digits) if display == "percent" else self.number(value, digits)
        if unit == "kg":
            return self.mass(value, digits)
        text = self.number(value, digits)
        return text if text == MISSING or unit == "points" else f"{text} {self.unit(unit)}"

    def change(self, value: float, unit: str, display: str = "number", digits: int = 3) -> str:
        """A difference with its sign: of shares in percentage points, of anything else in its unit."""
        if not math.isfinite(value):
            return MISSING
        if unit == "1" and display == "percent":
            return f"{self.signed(100 * value, digits)} {self('report.points')}"
        text = self.value(value, unit, display, digits).replace("-", "−")
        return f"+{text}" if value > 0 else text

    def figure(self, value: float, low: float, high: float, unit: str, display: str = "number") -> tuple[str, str]:
        """A figure and its interval, to as many digits as it takes to tell the ends of the interval apart."""
        for digits in range(3, 7):
            first, last = (self.value(v, unit, display, digits) for v in (low, high))
            if first != last or low == high:
                break
        if first == last:
            return self.value(value, unit, display, digits), first
        head, _, tail = first.rpartition(" ")
        interval = f"{head} – {last}" if head and last.endswith(f" {tail}") else f"{first} – {last}"
        return self.value(value, unit, display, digits), interval


def in_both(value: float) -> dict[str, str]:
    """A number as each language writes it, for use as a detail of a reason."""
    return {lang: Texts(lang).tick(value) for lang in LANGUAGES}


def rounded_half_up(value: float, decimals: int) -> Decimal:
    """`value` to a number of decimals, halves away from zero as readers expect; `decimals` may be negative."""
    exact = Context(prec=700, rounding=ROUND_HALF_UP)  # room for any number a float can hold
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), context=exact)


def reason(key: str, **details: Any) -> Both:
    """A reason in both languages, for a figure that is missing or rests on an assumption."""
    sentences = catalogue()["reasons"][key]
    return Both(
        **{lang: sentences[lang].format(**{k: _plain(v, lang) for k, v in details.items()}) for lang in LANGUAGES}
    )
