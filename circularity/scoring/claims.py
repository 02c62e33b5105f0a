"""Claims: what somebody concludes from scores, written down before it is tested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from circularity.errors import ScoringError, meant
from circularity.scoring.tree import ScoreTree
from circularity.scoring.uncertainty import MonteCarloRun
from circularity.scoring.values import Values
from circularity.texts import Texts

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
Kind = Literal["above", "improved", "top", "target"]

# Forms of a claim; what is in <...> is a unit, a code, a period or a number.
FORMS = (
    "<unit> above <unit> [on <code>] [in <period>]",
    "<unit> improved [on <code>] since <period> [until <period>]",
    "<unit> is in the top <number> [on <code>] [in <period>]",
    "<code> [of <unit>] meets its target [in <period>]",
)
_ON = r"(?: on (?P<code>.+?))?"
_UNTIL = r"(?: (?:until|in) (?P<period>\d{4}))?"
_IN = r"(?: in (?P<period>\d{4}))?"
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("above", re.compile(rf"(?P<unit>.+?) (?:is |ranks |scores )?above (?P<than>.+?){_ON}{_IN}")),
    ("improved", re.compile(rf"(?P<unit>.+?) improved{_ON} since (?P<since>\d{{4}}){_UNTIL}")),
    ("top", re.compile(rf"(?P<unit>.+?) (?:is )?in the top (?P<rank>\d{{1,6}}){_ON}{_IN}")),
    ("target", re.compile(rf"(?P<code>.+?)(?: of (?P<unit>.+?))? meets its target{_IN}")),
)
LONGEST = 500  # letters


@dataclass(frozen=True)
class Claim:
    """A claim about units of a composite indicator.

    Attributes
    ----------
    text : str
        As it was written.
    kind : {"above", "improved", "top", "target"}
    unit, than : str
        The unit it is about, and the one it is compared with.
    code : str
        Score or indicator it is about.
    period, since : int
        0 where the values have no periods.
    rank : int
        Of ``top``.
    """

    text: str
    kind: Kind
    unit: str
    code: str
    period: int
    than: str = ""
    since: int = 0
    rank: int = 0

    def said(self, lang: str, structure: ScoreTree, names: Mapping[str, str] | None = None) -> str:
        """The claim as a sentence of `lang`, with the name of the score and those that `names` has of units."""
        t, called = Texts(lang), names or {}
        details = {
            "unit": called.get(self.unit, self.unit), "than": called.get(self.than, self.than),
            "rank": self.rank, "since": self.since,
            "code": structure[self.code].name[lang], "period": t("claim.in", period=self.period) if self.period else "",
            "until": self.period,
        }  # fmt: skip
        return t(f"claim.{self.kind}", **details)


def read_claims(texts: Iterable[str], structure: ScoreTree, values: Values) -> list[Claim]:
    """Claims from their sentences.

    Parameters
    ----------
    texts : iterable of str
        Each in one of `FORMS`.
    structure : ScoreTree
    values : Values

    Returns
    -------
    list of Claim

    Raises
    ------
    UnknownClaim
        If a sentence has none of the forms.
    NotInClaim
        If a unit, code or period is not there; says which, and what is near.
    """
    return [read_claim(text, structure, values) for text in texts]


def read_claim(text: str, structure: ScoreTree, values: Values) -> Claim:
    """One claim from its sentence; see `read_claims`."""
    plain = " ".join(text.split()).rstrip(".")
    found = None
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(plain) if len(plain) <= LONGEST else None
        if match is not None:
            found = kind, match.groupdict()
            break
    if found is None:
        raise ScoringError("UnknownClaim", found=text, expected=list(FORMS))
    kind, parts = found
    code = _known(parts.get("code") or structure.top, _codes(structure), "code", text)
    unit = parts.get("unit") or _only(values, text)
    unit = _known(unit, {u: u for u in values.units}, "unit", text)
    than = _known(parts["than"], {u: u for u in values.units}, "unit", text) if kind == "above" else ""
    period = _period(parts.get("period"), values, text)
    since = _period(parts.get("since"), values, text) if kind == "improved" else 0
    for who, when in ((unit, period), (than, period), (unit, since)):
        if who and (when or not values.has_periods) and (who, when) not in set(values.given):
            raise ScoringError(
                "NotInClaim", claim=text, what="unit", found=f"{who} {when or ''}".strip(), hint=None, expected="–"
            )
    if kind == "target" and structure[code].target is None:
        raise ScoringError("NoTarget", step="claim", found=code)
    return Claim(text, kind, unit, code, period, than, since, int(parts.get("rank") or 0))


def _codes(structure: ScoreTree) -> dict[str, str]:
    """What a claim may call each code: itself, or its name."""
    named = {name: n.code for n in structure for name in dict.fromkeys(n.name.values())}
    return {**named, **{n.code: n.code for n in structure}}


def _known(found: str, known: Mapping[str, str], what: str, text: str) -> str:
    # A unit may be called what it is: park P, firm P.
    for name in (found, found.split(" ", 1)[-1]):
        if name in known:
            return known[name]
    raise ScoringError(
        "NotInClaim", claim=text, what=what, found=found, hint=meant(found, known), expected=sorted(known)
    )


def _only(values: Values, text: str) -> str:
    units = sorted(set(values.units))
    if len(units) > 1:
        raise ScoringError("NotInClaim", claim=text, what="unit", found="–", hint=None, expected=units)
    return units[0]


def _period(found: str | None, values: Values, text: str) -> int:
    periods = sorted(set(values.periods))
    if found is None:
        return periods[-1]
    if int(found) not in periods:
        raise ScoringError(
            "NotInClaim", claim=text, what="period", found=found, hint=None, expected=[str(p) for p in periods if p]
        )
    return int(found)


def holds(claim: Claim, run: MonteCarloRun, structure: ScoreTree) -> Truth | None:
    """In which draws a claim is true.

    Parameters
    ----------
    claim : Claim
    run : MonteCarloRun
        With the scores of the claim's code in it.
    structure : ScoreTree

    Returns
    -------
    array of bool, shape (draws,), or None
        None when what the claim is about is not known in every draw.
    """
    values = run.values
    if (claim.unit, claim.period) not in set(zip(values.units, values.periods, strict=True)):
        return None  # left out by the screening
    mine = values.row(claim.unit, claim.period)
    if claim.kind == "target":
        node = structure[claim.code]
        value = node.direction * _raw(claim.code, run)[:, mine]
        target = node.direction * (node.target or 0.0)
        return None if np.isnan(value).any() else value >= target
    score = _points(claim.code, run, structure)
    if claim.kind == "top":
        rank = _rank_in_period(score, values, mine)
        return None if np.isnan(score[:, mine]).any() else rank <= claim.rank
    key = (claim.unit, claim.since) if claim.kind == "improved" else (claim.than, claim.period)
    if key not in set(zip(values.units, values.periods, strict=True)):
        return None
    other = values.row(*key)
    gap = score[:, mine] - score[:, other]
    return None if np.isnan(gap).any() else gap > 0


def codes_of(claims: Sequence[Claim]) -> list[str]:
    """The codes whose scores claims are about."""
    return sorted({c.code for c in claims})


def _raw(code: str, run: MonteCarloRun) -> Array:
    """Values of an indicator as they were drawn. Shape (draws, rows)."""
    column = run.values.codes.index(code)
    draws = len(next(iter(run.scores.values())))
    if run.x is None:
        return np.broadcast_to(run.values.x[:, column], (draws, len(run.values.units)))
    return run.x[:, :, column]


def _points(code: str, run: MonteCarloRun, structure: ScoreTree) -> Array:
    """What a claim compares: the score; of an indicator its value, because a score is held within goalposts."""
    if structure.children[code]:
        return run.scores[code]
    return structure[code].direction * _raw(code, run)


def _rank_in_period(score: Array, values: Values, mine: int) -> npt.NDArray[np.int_]:
    rows = [i for i, p in enumerate(values.periods) if p == values.periods[mine]]
    return np.asarray(1 + np.sum(score[:, rows] > score[:, [mine]], axis=1))
