"""The verb that says whether data are right."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from circularity.cli.common import PATH, print_json, shared
from circularity.errors import visible
from circularity.texts import Texts

if TYPE_CHECKING:
    import pandas as pd

    from circularity.ledger.parquet_dataset.sums import Aggregation

# Balances that cannot be drawn up of which more than these are counted instead of shown.
MOST_SILENT = 8


@click.command()
@click.argument("path", type=PATH)
@shared(large_ledger=True)
def check(
    path: Path,
    lang: str,
    as_json: bool,
    method: str | None,
    how: Aggregation,
) -> None:
    """Read the fieldlab in PATH and list every fault: what, where, found, expected, what to do.

    PATH is a folder, or a workbook (.xlsx) made with `circularity template`.
    """
    from circularity.ledger.balance import handed_on, mass_balance
    from circularity.ledger.fieldlab import load_fieldlab
    from circularity.method.load import load_method

    lab = load_fieldlab(path, load_method(method), how)
    balance, passed = mass_balance(lab), handed_on(lab)
    if as_json:
        from circularity.tables.write import records

        warnings = [warning.as_dict(lang) for warning in lab.warnings]
        answer = {
            "fieldlab": lab.id,
            "faults": [],
            "rows": lab.row_counts,
            "mass_balance": records(balance),
            "handed_on": records(passed),
            "corrections": [correction.as_dict(lang) for correction in lab.corrections],
            "remarks": warnings,
        }
        print_json(answer)
        return
    t = Texts(lang)
    click.echo(t("check.clean", name=lab.description.name[lang]))
    for name, count in lab.row_counts.items():
        click.echo(f"  {lab.method.tables[name].name[lang]}: {count}")
    if len(balance) or len(passed):
        click.echo(t("check.balance"))
    _print_balance(balance, t)
    for row in passed.to_dict("records"):
        amounts = {part: t.mass(row[part]) for part in ("generated", "handed_on")}
        unknown = f" ({t('check.unknown_rows', count=row['rows_unknown'])})" if row["rows_unknown"] else ""
        key = "check.only_handed_on" if math.isnan(row["generated"]) else "check.handed_on"
        click.echo(f"  {row['period']} {t(key, **amounts)}{unknown}")
    if lab.corrections:
        click.echo(t("check.corrections"))
    for correction in lab.corrections:
        click.echo(f"  {visible(correction.text(lang))}")
    if lab.warnings:
        click.echo(t("check.remarks"))
    for warning in lab.warnings:
        click.echo(f"  {warning.text(lang)}")


def _print_balance(balance: pd.DataFrame, t: Texts) -> None:
    """The balances, those that cannot be drawn up counted when they are many: a registry has one for every sender."""
    silent = balance[balance["status"] == "not_recorded"]
    many = len(silent) > MOST_SILENT
    for row in balance.to_dict("records"):
        if many and row["status"] == "not_recorded":
            continue
        gap = t("check.gap", gap=t.mass(row["gap"]), share=t.percent(row["relative_gap"]))
        detail = "" if row["status"] == "not_recorded" else f" ({gap})"
        entity = f"{t('level.' + row['level'])} {row['entity']}"
        click.echo(f"  {row['period']} {entity}: {t('balance.' + row['status'])}{detail}")
    if many:
        click.echo(f"  {t('check.not_recorded', count=len(silent))}")
