"""The verb that computes all indicators of a fieldlab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from circularity.cli.common import PATH, assessed, print_json, print_lines, shared

if TYPE_CHECKING:
    import pandas as pd

    from circularity.ledger.parquet_dataset.sums import Aggregation
    from circularity.result import Result


@click.command()
@click.argument("path", type=PATH)
@click.option("--level", type=click.Choice(["product", "organisation", "fieldlab"]), help="Only this level.")
@click.option("--period", type=int, help="Only this period.")
@click.option(
    "--framework",
    help="Only what a framework asks for, in its numbering; such as cb23, cti, esrs_e5, iso59020, npce.",
)
@shared("output", "draws", "seed", large_ledger=True)
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
    how: Aggregation,
) -> None:
    """Compute all indicators of the fieldlab in PATH, with interval, coverage, status and reason.

    The flows of a large ledger (a folder flows/ of Parquet files) are first added up by what the method tells apart.
    A workbook (.xlsx) also has the scores and the mass balance.
    """
    from circularity.result import check_output
    from circularity.tables.write import records

    if output is not None:
        check_output(output, path)
    result = assessed(path, method, draws, seed, lang, how)
    if framework is not None:
        table = result.framework(framework, period)
    else:
        table = result.indicators
        if period is not None:
            table = table[table["period"] == result.fieldlab.period(period)]
    if level is not None:
        table = table[table["level"] == level]
    if output is not None:
        result.save(output, table)
        if not as_json:
            click.echo(str(output))
            return
    if as_json:
        print_json(records(table))
    elif framework is not None:
        _print_framework(result, table, framework, result.fieldlab.period(period), lang)
    else:
        _print_results(result, table if level else _with_entities(result, table), lang)


def _with_entities(result: Result, table: pd.DataFrame) -> pd.DataFrame:
    """The rows without those of a level that this kind of fieldlab need not have, and of which there is nothing."""
    lab = result.fieldlab
    needed = lab.method.settings.kinds[lab.description.kind].tables
    absent = [
        level
        for level in ("product", "organisation")
        if f"{level}s" not in needed and ((known := lab.tables.get(f"{level}s")) is None or known.empty)
    ]
    return table[~table["level"].isin(absent)]


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
