"""Verbs about data: a workbook to fill in, whether data are right, and data in another form."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from circularity.cli.common import answering, json_option, lang_option, method_option, print_json
from circularity.cli.scale import condensing_options
from circularity.errors import CallError, visible
from circularity.texts import Texts

if TYPE_CHECKING:
    import pandas as pd

    from circularity.ledger.parquet_dataset.condense import Condensing

MOST_SILENT = 8
# What `template` writes beside the kinds of fieldlab.
WEIGHTS = "weights"


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@lang_option
@json_option
@method_option
@answering
@condensing_options
def check(
    path: Path,
    lang: str,
    as_json: bool,
    method: str | None,
    how: Condensing,
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

        remarks = [remark.as_dict(lang) for remark in lab.remarks]
        answer = {
            "fieldlab": lab.id,
            "faults": [],
            "rows": lab.row_counts,
            "mass_balance": records(balance),
            "handed_on": records(passed),
            "corrections": [correction.as_dict(lang) for correction in lab.corrections],
            "remarks": remarks,
        }
        print_json(answer)
        return
    t = Texts(lang)
    click.echo(t("check.clean", name=lab.description.name[lang]))
    for name, count in lab.row_counts.items():
        click.echo(f"  {lab.method.tables[name].name[lang]}: {count}")
    click.echo(t("check.balance"))
    _print_balance(balance, t)
    for row in passed.to_dict("records"):
        amounts = {part: t.mass(row[part]) for part in ("generated", "handed_on")}
        unknown = f" ({t('check.unknown_rows', count=row['rows_unknown'])})" if row["rows_unknown"] else ""
        told = "check.only_handed_on" if math.isnan(row["generated"]) else "check.handed_on"
        click.echo(f"  {row['period']} {t(told, **amounts)}{unknown}")
    if lab.corrections:
        click.echo(t("check.corrections"))
    for correction in lab.corrections:
        click.echo(f"  {visible(correction.text(lang))}")
    if lab.remarks:
        click.echo(t("check.remarks"))
    for remark in lab.remarks:
        click.echo(f"  {remark.text(lang)}")


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


@click.command()
@click.argument("kind")
@click.argument("output", type=click.Path(path_type=Path), metavar="OUT.xlsx")
@click.option(
    "--elicitation",
    "--way",
    "way",
    type=click.Choice(["ahp", "bwm", "swing", "budget", "smart", "roc"]),
    help="Elicitation method of weights: pairwise comparison, best and worst, swing, 100 points, SMART, or an order.",
)
@click.option(
    "--structure",
    type=click.Path(path_type=Path),
    help="With weights: the hierarchy, a CSV file with code and parent; scores.csv of the method by default.",
)
@lang_option
@json_option
@method_option
@answering
def template(
    kind: str,
    output: Path,
    way: str | None,
    structure: Path | None,
    lang: str,
    as_json: bool,
    method: str | None,
) -> None:
    """Write an empty workbook for a KIND of fieldlab (circular_factory, circular_city, region), or for weights.

    One sheet a table, with explanations, lists to choose from, units and an example, in the language of --lang. Fill it
    in and run `circularity check OUT.xlsx`.

    KIND weights asks one stakeholder for the weights of a hierarchy, by --elicitation. Put the filled-in workbooks
    in a folder and run `circularity consensus FOLDER`.
    """
    from circularity.ledger.book.template import write_template
    from circularity.method.load import load_method

    if output.suffix.lower() != ".xlsx":
        raise CallError("UnknownFileType", found=output.suffix or output.name, expected=[".xlsx"])
    if (kind == WEIGHTS) != (way is not None) or (kind != WEIGHTS and structure is not None):
        raise click.UsageError(Texts(lang)("template.way_with_weights"))
    chosen = load_method(method)
    if kind == WEIGHTS:
        from circularity.weighting import read_structure, write_weights_template

        write_weights_template(str(way), read_structure(structure, chosen), output, chosen, lang)
    else:
        write_template(kind, output, chosen, lang)
    _print_written([output], as_json)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "parquet", "xlsx"]),
    help="Form of the tables; xlsx when OUTPUT ends so, csv otherwise.",
)
@lang_option
@json_option
@method_option
@answering
def convert(path: Path, output: Path, form: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Write the fieldlab in PATH to OUTPUT in another form: a folder of CSV or Parquet tables, or a workbook.

    Nothing is computed and nothing lost: an assessment of either form gives the same figures. Data with faults are
    refused, with every fault.
    """
    from circularity.ledger.convert import convert as run
    from circularity.method.load import load_method

    chosen = form or ("xlsx" if output.suffix.lower() == ".xlsx" else "csv")
    _print_written(run(path, output, chosen, load_method(method), lang), as_json)


def _print_written(files: list[Path], as_json: bool) -> None:
    if as_json:
        print_json([str(file) for file in files])
    else:
        click.echo("\n".join(map(str, files)))
