"""What ``methodology/intake/lma.yaml`` may hold: how reports of receipt to the LMA are read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from circularity.errors import CallError, MethodError, MethodFaults, Where
from circularity.method.load import Method
from circularity.method.readers import read_mapping, read_text_table
from circularity.method.validation import read_model
from circularity.texts import Both

FILE = "intake/lma.yaml"
MATERIALS = "intake/eural_materials.csv"
Limit_ = Literal["smallest_mass", "fewest_loads", "largest_load", "smallest_load"]
Score = Literal["reliability", "completeness", "temporal", "geographical", "technological"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceKey(_Model):
    """Where a rule comes from, and whether it was compared with it."""

    key: str
    status: Literal["verified", "unverified"]


class Limit(_Model):
    """A number that a row must not pass."""

    value: float = Field(ge=0)
    unit: str
    source: SourceKey


class MassUnit(_Model):
    """The unit of the reported mass."""

    value: str
    source: SourceKey


class Site(_Model):
    """The columns of the place where waste arose, and those used in their place."""

    columns: list[str]
    instead: list[str]
    source: SourceKey


class NameRule(_Model):
    """Parts of a name that do not distinguish parties."""

    legal_forms: list[str]
    source: SourceKey


class Handling(_Model):
    """Which receipts are of waste that was counted before."""

    chapters: list[str]
    handed_on: Literal["code", "chapter", "any", "never"]
    source: SourceKey


class Route(_Model):
    """How collection on a route is marked, and what it does to the place."""

    yes: str
    geographical: int = Field(ge=1, le=5)
    source: SourceKey


class Quality(_Model):
    """A pedigree score and why."""

    value: int = Field(ge=1, le=5)
    because: Both
    source: SourceKey


class Roles(_Model):
    """The roles of flows."""

    generated: str
    handled: str


class LmaRules(_Model):
    """The content of ``intake/lma.yaml``."""

    name: Both
    publisher: str
    columns: dict[str, str]
    optional: list[str] = []
    missing: list[str]
    mass_unit: MassUnit
    site: Site
    limits: dict[Limit_, Limit]
    variants: dict[str, dict[Limit_, Limit]] = {}
    names: NameRule
    handling: Handling
    route: Route
    quality: dict[Score, Quality]
    roles: Roles
    caveats: list[Both]
    licence: Both

    def with_variant(self, name: str | None) -> dict[str, float]:
        """The limits, those of a variant in the place of the usual ones.

        Raises
        ------
        UnknownVariant
            If the variant does not exist.
        """
        if name is not None and name not in self.variants:
            raise CallError("UnknownVariant", found=name, expected=sorted(self.variants))
        limits = {**self.limits, **self.variants.get(name or "", {})}
        return {key: limit.value for key, limit in limits.items()}


def read_rules(method: Method) -> LmaRules:
    """The rules of the method for reports of receipt.

    Raises
    ------
    MissingFile
        If the method has none.
    MethodFaults
        With every key that does not fit.
    """
    path = method.root / FILE
    if not path.is_file():
        raise MethodError("MissingFile", where=Where(file=FILE))
    faults: list[Any] = []
    rules = read_model(LmaRules, read_mapping(path, FILE), FILE, faults=faults)
    if rules is None:
        raise MethodFaults(faults)
    return rules


def materials_by_eural(method: Method) -> dict[str, str]:
    """The material that the name of a Eural code names, by code."""
    table = read_text_table(method.root / MATERIALS, MATERIALS)
    return dict(zip(table["eural"], table["material"], strict=True))
