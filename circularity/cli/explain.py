"""The verb that shows where a figure comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circularity.cli.common import PATH, assessed, print_json, shared

if TYPE_CHECKING:
    from circularity.ledger.parquet_dataset.sums import Aggregation


@click.command()
@click.argument("path", type=PATH)
@click.argument("indicator")
@click.option("--period", type=int, help="The last by default.")
@click.option("--level", type=click.Choice(["product", "organisation", "fieldlab"]), help="The widest by default.")
@click.option("--entity", help="The only one of the level by default.")
@shared("draws", "seed", large_ledger=True)
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
    how: Aggregation,
) -> None:
    """Show the formula of INDICATOR, the numbers put in and the rows behind them, for the fieldlab in PATH."""
    explanation = assessed(path, method, draws, seed, lang, how).explain(indicator, period, level, entity)
    if as_json:
        print_json(explanation.as_dict())
    else:
        click.echo(str(explanation))
