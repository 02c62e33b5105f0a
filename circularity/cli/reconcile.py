"""The verb that balances observed flows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circularity.cli.common import PATH, print_json, print_lines, shared
from circularity.errors import CallError, FileError, Where
from circularity.tables.read import read_table
from circularity.texts import Texts, reason

if TYPE_CHECKING:
    import pandas as pd

    from circularity.reconciliation import Reconciled

# Rows of each table that are shown on a terminal.
MOST_ROWS, MOST_SUSPECTS = 60, 5


@click.command()
@click.argument("flows", type=PATH)
@click.option("--processes", type=PATH, help="Table of processes: process, parent, balanced.")
@click.option(
    "--relations",
    type=PATH,
    multiple=True,
    help="Table of shares (from, to, of_from, of_to, share, sd) or of sums (relation, flow, coefficient, equals, sd).",
)
@click.option("--outside", multiple=True, metavar="PROCESS", help="A process that is not balanced; may be repeated.")
@click.option("--nonnegative", is_flag=True, help="Take it as known that no flow is below zero.")
@shared("output", "seed")
def reconcile(
    flows: Path,
    processes: Path | None,
    relations: tuple[Path, ...],
    outside: tuple[str, ...],
    nonnegative: bool,
    output: Path | None,
    seed: int,
    lang: str,
    as_json: bool,
    method: str | None,
) -> None:
    """Balance the observed flows in the table FLOWS, and say whether they fit each other.

    FLOWS is a table: CSV, a workbook or Parquet. A row is a flow `from` a process `to` another: its `value`, empty
    where nothing was observed, and its `sd`, the standard deviation in the same unit, 0 for a value held to be exact
    (or `uncertainty`, the geometric standard deviation). A process with flows both in and out is balanced. A flow to
    `stock` (`voorraad`) is a change of stock. A workbook (.xlsx) also has the balances and the suspects. Exit code 0
    says that it was computed; whether the flows fit each other is in the answer.
    """
    from circularity.method.load import load_method
    from circularity.reconciliation import reconcile as run
    from circularity.tables.write import check_target, write_table

    if output is not None:
        check_target(output)
        inputs = [flows, *relations, *([processes] if processes else [])]
        if any(output.resolve() == path.resolve() for path in inputs):
            raise CallError("CannotWrite", found=output, because=reason("is_input"))
    settings = load_method(method).settings
    if settings.reconciliation is None:
        raise FileError("MissingKey", where=Where(file="method.yaml"), found="reconciliation")
    tables = [read_table(path) for path in relations]
    shares = [table for table in tables if "share" in table.columns]
    sums = [table for table in tables if "share" not in table.columns]
    if len(shares) > 1 or len(sums) > 1:
        raise click.UsageError(Texts(lang)("reconcile.one_each"))
    result = run(
        read_table(flows),
        processes=read_table(processes) if processes else None,
        shares=shares[0] if shares else None,
        relations=sums[0] if sums else None,
        outside=outside,
        nonnegative=nonnegative,
        draws=settings.reconciliation.draws,
        seed=seed,
        interval=settings.uncertainty.interval,
        significance=settings.reconciliation.significance,
    )
    if output is not None:
        suspects = result.suspects.assign(alike=result.suspects["alike"].map("; ".join))
        write_table(result.table(), output, balances=result.balances, suspects=suspects)
    if as_json:
        print_json(_answer(result, lang))
        return
    _print(result, lang)
    if output is not None:
        click.echo(Texts(lang)("reconcile.written", path=output))


def _answer(result: Reconciled, lang: str) -> dict[str, Any]:
    import dataclasses

    from circularity.tables.write import records

    verdict = dataclasses.asdict(result.verdict)
    tables = {name: records(getattr(result, name)) for name in ("flows", "shares", "relations", "balances", "suspects")}
    return {
        "verdict": verdict.pop("word"),
        **records(_one_row(verdict))[0],
        "likely_error": result.likely_error and records(_one_row(dict(result.likely_error)))[0],
        "interval": list(result.interval),
        "notes": result.notes(lang),
        **tables,
    }


def _one_row(values: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([values])


def _print(result: Reconciled, lang: str) -> None:
    t = Texts(lang)
    for line in result.summary(lang):
        click.echo(line)
    interval = t("reconcile.interval", interval=t.percentiles(result.interval))
    heading = [t("reconcile.flow"), t("reconcile.observed"), t("reconcile.value"), interval, "z", t("reconcile.status")]
    rows = [
        [
            row["flow"],
            t.number(row["observed"], 4),
            t.number(row["value"], 4),
            f"{t.number(row['low'], 4)} – {t.number(row['high'], 4)}" if row["value"] == row["value"] else "",
            t.number(row["z"]),
            t(f"reconcile_status.{row['status']}"),
        ]
        for row in result.table().to_dict("records")
    ]
    _print_table(t, "reconcile.flows_are", heading, rows)
    heading = [t("reconcile.process"), t("reconcile.before"), t("reconcile.after")]
    scale = result.flows["value"].abs().max()
    rows = [
        [row["process"], t.number(row["observed_gap"], 4), t.number(_cleaned(row["gap"], scale), 4)]
        for row in result.balances.to_dict("records")
    ]
    _print_table(t, "reconcile.balances", heading, rows)
    if result.suspects.empty or not result.suspects["suspect"].any():
        return
    click.echo(t("reconcile.suspects", critical=t.number(result.verdict.critical_z)))
    lines = [[t("reconcile.flow"), "z", t("reconcile.error"), t("reconcile.without")]]
    for row in result.suspects.head(MOST_SUSPECTS).to_dict("records"):
        numbers = [t.number(row[name]) for name in ("z", "error", "statistic_without")]
        lines.append([", ".join(row["alike"]), *numbers])
    print_lines(lines)


def _print_table(t: Texts, title: str, heading: list[str], rows: list[list[str]]) -> None:
    if not rows:
        return
    click.echo(t(title))
    print_lines([heading, *rows[:MOST_ROWS]])
    if len(rows) > MOST_ROWS:
        click.echo(f"  {t('check.more', count=len(rows) - MOST_ROWS)}")


def _cleaned(gap: float, scale: float) -> float:
    """A gap as a reader should see it: zero where only rounding is left."""
    from circularity.reconciliation.system import ROUNDING

    return 0.0 if abs(gap) < ROUNDING * scale else gap
