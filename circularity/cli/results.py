"""Verbs about results: figures, and where they come from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circularity.cli.common import (
    answering,
    draws_option,
    json_option,
    lang_option,
    method_option,
    print_json,
    print_lines,
    seed_option,
)
from circularity.cli.scale import condensing_options
from circularity.errors import CallError, CircularityError, ComputeError
from circularity.texts import reason

if TYPE_CHECKING:
    import pandas as pd

    from circularity.ledger.parquet_dataset.condense import Condensing
    from circularity.method.indicator import Indicator
    from circularity.result import Result


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write: .csv, .parquet, .xlsx or .json.")
@click.option("--level", type=click.Choice(["product", "organisation", "fieldlab"]), help="Only this level.")
@click.option("--period", type=int, help="Only this period.")
@click.option(
    "--framework",
    help="Only what a framework asks for, in its numbering; such as cb23, cti, esrs_e5, iso59020, npce.",
)
@draws_option
@seed_option
@lang_option
@json_option
@method_option
@answering
@condensing_options
def assess(
    path: Path,
    output: Path | None,
    level: str | None,
    period: int | None,
    framework: str | None,
    draws: int,
    seed: int,
    lang: str,
    as_json: bool,
    method: str | None,
    how: Condensing,
) -> None:
    """Compute all indicators of the fieldlab in PATH, with interval, coverage, status and reason.

    The flows of a large ledger (a folder flows/ of Parquet files) are first added up by what the method tells apart.
    A workbook (.xlsx) also has the scores and the mass balance.
    """
    from circularity.tables.write import check_ending, records, write_table

    if output is not None:
        check_ending(output)
        _keep_data(output, path)
    result = _result(path, method, draws, seed, lang, how)
    if framework is not None:
        table = result.framework(framework, period)
    else:
        table = result.indicators
        if period is not None:
            table = table[table["period"] == result.fieldlab.period(period)]
    if level is not None:
        table = table[table["level"] == level]
    if output is not None:
        write_table(table, output, scores=result.scores, balance=result.balance)
        if not as_json:
            click.echo(str(output))
            return
    if as_json:
        print_json(records(table))
    elif framework is not None:
        _print_framework(result, table, framework, result.fieldlab.period(period), lang)
    else:
        _print_results(result, table, lang)


def _result(
    path: Path,
    method: str | None,
    draws: int,
    seed: int,
    lang: str,
    how: Condensing,
) -> Result:
    from circularity.ledger.fieldlab import load_fieldlab
    from circularity.method.load import load_method
    from circularity.result import assess as run

    chosen = load_method(method)
    return run(load_fieldlab(path, chosen, how), chosen, draws=draws, seed=seed, lang=lang)


def _keep_data(output: Path, fieldlab: Path) -> None:
    if output.resolve().is_relative_to(fieldlab.resolve()):
        raise CallError("CannotWrite", found=output, because=reason("inside_fieldlab"))


def _print_results(result: Result, table: pd.DataFrame, lang: str) -> None:
    from circularity.texts import Texts

    t = Texts(lang)
    interval = t.percentiles(result.method.settings.uncertainty.interval)
    heading = [t(f"column.{c}", interval=interval) for c in ("indicator", "value", "interval", "coverage", "reason")]
    for (level, entity, period), rows in table.groupby(["level", "entity", "period"], sort=False):
        click.echo(f"\n{t('level.' + str(level))} {entity}, {period}")
        lines = [heading]
        for row in rows.to_dict("records"):
            indicator = result.method.indicator(row["indicator"])
            value, interval = t.figure(row["value"], row["low"], row["high"], row["unit"], indicator.spec.display)
            if row["status"] != "ok":
                interval = t(f"status.{row['status']}")
            lines.append([row["indicator"], value, interval, t.percent(row["coverage"]), row["reason"]])
        print_lines(lines)


def _print_framework(result: Result, table: pd.DataFrame, framework: str, period: int, lang: str) -> None:
    from circularity.texts import Texts

    t = Texts(lang)
    name = result.method.frameworks[framework].name[lang]
    click.echo(t("framework.heading", name=name, fieldlab=result.fieldlab.description.name[lang], period=period))
    if table.empty:
        click.echo(t("framework.none", framework=name))
        return
    interval = t.percentiles(result.method.settings.uncertainty.interval)
    lines = [[t("framework.item"), t("framework.asked"), t("column.indicator"), t("column.value"), interval, ""]]
    shown_number = {item.id: item.number for item in result.method.frameworks[framework].items}
    notes: dict[str, int] = {}
    for row in table.to_dict("records"):
        value = shown = name = ""
        if row["indicator"]:
            indicator = result.method.indicator(row["indicator"])
            name = indicator.name[lang] + ("" if row["level"] in ("", "fieldlab") else f" ({row['entity']})")
            value, shown = t.figure(row["value"], row["low"], row["high"], row["unit"], indicator.spec.display)
        if row["status"] != "ok":
            value, shown = "", t(f"framework.{row['status']}")
        note = notes.setdefault(row["deviation"], len(notes) + 1) if row["deviation"] else 0
        why = " ".join(filter(None, [row["reason"], f"[{note}]" if note else ""]))
        asked, item = row["name"], shown_number[row["item"]]
        lines.append([item, asked, name, value, "" if shown == value else shown, why])
    print_lines(lines)
    for text, number in notes.items():
        click.echo(f"  [{number}] {text}")


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("indicator")
@click.option("--period", type=int, help="The last by default.")
@click.option("--level", type=click.Choice(["product", "organisation", "fieldlab"]), help="The widest by default.")
@click.option("--entity", help="The only one of the level by default.")
@draws_option
@seed_option
@lang_option
@json_option
@method_option
@answering
@condensing_options
def explain(
    path: Path,
    indicator: str,
    period: int | None,
    level: Any,
    entity: str | None,
    draws: int,
    seed: int,
    lang: str,
    as_json: bool,
    method: str | None,
    how: Condensing,
) -> None:
    """Show the formula of INDICATOR, the numbers put in and the rows behind them, for the fieldlab in PATH."""
    explanation = _result(path, method, draws, seed, lang, how).explain(indicator, period, level, entity)
    if as_json:
        print_json(explanation.as_dict())
    else:
        click.echo(str(explanation))


@click.command()
@click.argument("indicator")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE ...]")
@lang_option
@json_option
@method_option
@answering
def compute(indicator: str, values: tuple[str, ...], lang: str, as_json: bool, method: str | None) -> None:
    """Evaluate the declared formula of INDICATOR on given numbers.

    Numbers have a decimal point. M=3:1 is one number per part of a product; a function takes its rows by column, as in
    from=market:a:b to=a:b:market mass=1:1:1. What is not given takes the default that the declaration states, and the
    answer says so.
    """
    from circularity.method.compute import compute as run
    from circularity.method.load import load_method
    from circularity.texts import Texts

    declared = load_method(method).indicator(indicator)
    try:
        found = run(declared, _numbers(values, declared))
    except CircularityError as error:
        if not as_json:
            raise
        answer = {"indicator": declared.id, "value": None, "unit": declared.unit, "status": _status(error)}
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


def _status(error: CircularityError) -> str:
    return "not_applicable" if error.code in ("ZeroDenominator", "NoNetwork") else "missing"


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
