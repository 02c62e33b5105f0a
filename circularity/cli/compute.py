"""The verb that evaluates one formula on given numbers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from circularity.cli.common import print_json, shared
from circularity.errors import CircularityError, ComputeError
from circularity.texts import reason

if TYPE_CHECKING:
    from circularity.method.indicator import Indicator


@click.command()
@click.argument("indicator")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE ...]")
@shared()
def compute(indicator: str, values: tuple[str, ...], lang: str, as_json: bool, method: str | None) -> None:
    """Evaluate the declared formula of INDICATOR on given numbers.

    Numbers have a decimal point. M=3:1 is one number per part of a product; a function takes its rows by column, as in
    from=market:a:b to=a:b:market mass=1:1:1. What is not given takes the default that the declaration states, and the
    answer says so.
    """
    from circularity.method.compute import compute_one
    from circularity.method.compute_columns import status_of
    from circularity.method.load import load_method
    from circularity.texts import Texts

    declared = load_method(method).indicator(indicator)
    try:
        found = compute_one(declared, _numbers(values, declared))
    except CircularityError as error:
        if not as_json:
            raise
        answer = {"indicator": declared.id, "value": None, "unit": declared.unit, "status": status_of(error)}
        print_json({**answer, "reason": error.text(lang), **error.as_dict(lang)})
        sys.exit(1)
    if as_json:
        print_json(found.as_dict())
        return
    t = Texts(lang)
    unit = "" if found.unit == "1" else f" {found.unit}"
    click.echo(f"{found.value!r}{unit}")
    click.echo(f"{declared.name[lang]}: {declared.formula.text}")
    for name, formula in declared.steps():
        worked = formula.substituted({n: f"{v:.6g}" for n, v in found.terms.items()})
        click.echo(f"  {name} = {formula.text} = {worked} = {found.terms[name]:.6g}")
    click.echo(f"  {declared.id} = {found.worked.split(' = ', 1)[1]} = {found.value:.6g}")
    if found.defaults:
        shown = ", ".join(f"{n} = {v:g}" for n, v in found.defaults.items())
        click.echo(f"{t('compute.defaults')} {shown}")


def _numbers(values: tuple[str, ...], indicator: Indicator) -> dict[str, list[float] | list[str]]:
    from circularity.tables.numbers import is_number

    found: dict[str, list[float] | list[str]] = {}
    names = [name for name, unit in indicator.arguments.items() if unit == ""]  # columns of names, of a function
    for text in values:
        name, sign, number = text.partition("=")
        if not sign or not name:
            raise click.UsageError(f"{text!r}: NAME=VALUE")
        if name in found:
            because = reason("given_twice", name=name)
            raise ComputeError("ImpossibleInput", found=text, because=because, indicator=indicator.id)
        parts = number.split(":")
        if name in names:
            found[name] = parts
            continue
        if not all(map(is_number, parts)):
            because = reason("comma" if "," in number else "not_a_number")
            raise ComputeError("ImpossibleInput", found=text, because=because, indicator=indicator.id)
        found[name] = [float(part) for part in parts]
    return found
