"""The verb that writes a fieldlab in another form."""

from __future__ import annotations

from pathlib import Path

import click

from circularity.cli.common import PATH, print_written, shared


@click.command()
@click.argument("path", type=PATH)
@click.argument("output", type=PATH)
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "parquet", "xlsx"]),
    help="Form of the tables; xlsx when OUTPUT ends so, csv otherwise.",
)
@shared()
def convert(path: Path, output: Path, form: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Write the fieldlab in PATH to OUTPUT in another form: a folder of CSV or Parquet tables, or a workbook.

    Nothing is computed and nothing lost: an assessment of either form gives the same figures. Data with faults are
    refused, with every fault.
    """
    from circularity.ledger.convert import convert as run
    from circularity.method.load import load_method

    chosen = form or ("xlsx" if output.suffix.lower() == ".xlsx" else "csv")
    print_written(run(path, output, chosen, load_method(method), lang), as_json)
