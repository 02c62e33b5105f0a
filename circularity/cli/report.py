"""The verb that writes reports."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from circularity.cli.common import PATH, print_json, shared
from circularity.texts import LANGUAGES


@click.command()
@click.argument("fieldlabs", nargs=-1, metavar="[FIELDLAB ...]")
@click.option(
    "--data",
    type=PATH,
    default=Path("data"),
    show_default=True,
    help="Folder of the fieldlabs.",
)
@click.option(
    "--out",
    type=PATH,
    default=Path("reports"),
    show_default=True,
    help="Folder to write to.",
)
@click.option("--lang", "langs", type=click.Choice(LANGUAGES), multiple=True, help="Language; both by default.")
@click.option("--period", type=int, help="Period the report is about; the last by default.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=None,
    help="Notebooks at a time; the number of cores by default.",
)
@shared("draws", "seed", without=("lang",))
def report(
    fieldlabs: tuple[str, ...],
    data: Path,
    out: Path,
    langs: tuple[str, ...],
    period: int | None,
    draws: int,
    seed: int,
    method: str | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Run the notebooks of the FIELDLABs (all by default) and write their reports.

    For each fieldlab: the report as HTML in Dutch and English, the executed notebook, and the results as CSV and
    Parquet. A report that fails is named, keeps its notebook, and does not stop the others.
    """
    from circularity.report.run import run_reports

    outcomes = run_reports(
        fieldlabs=list(fieldlabs),
        data=data,
        out=out,
        langs=list(langs or LANGUAGES),
        period=period,
        draws=draws,
        seed=seed,
        method=method,
        jobs=jobs,
    )
    failed = [o for o in outcomes if o.error is not None]
    if as_json:
        print_json([o.as_dict() for o in outcomes])
    else:
        for o in outcomes:
            click.echo(str(o.page) if o.error is None else o.error.text(o.lang), err=o.error is not None)
        if (out / "index.html").is_file():
            click.echo(str(out / "index.html"))
    if failed:
        sys.exit(1)
