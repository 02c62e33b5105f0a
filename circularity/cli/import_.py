"""Verbs that make a fieldlab of what registries and others have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circularity.cli.common import PATH, print_json, shared

if TYPE_CHECKING:
    from circularity.importers.folder import Imported

into_option = click.option(
    "-o", "--output", "folder", type=PATH, required=True, help="Folder of the fieldlab to write."
)
id_option = click.option(
    "--id", "id_", default=None, help="Id of the fieldlab; from the name of the folder by default."
)
name_option = click.option("--name", default=None, help="Name of the fieldlab.")
form_option = click.option(
    "--form",
    type=click.Choice(["auto", "csv", "parquet"]),
    default="auto",
    show_default=True,
    help="Form of the flows: one CSV file, or Parquet files by period.",
)


@click.group(name="import")
def import_() -> None:
    """Make a fieldlab of a registry or another table.

    Every row is kept or rejected; rejects.csv in the folder says of every rejected row why, and import.json adds up.
    """


@import_.command()
@click.argument("files", type=PATH, nargs=-1, required=True)
@into_option
@id_option
@name_option
@click.option("--variant", default=None, help="Other limits, by their name in methodology/intake/lma.yaml.")
@click.option(
    "--decimal", type=click.Choice([".", ","]), help="Character before decimals, where a file does not show it."
)
@click.option(
    "--heading-row", type=click.IntRange(1, 1000), default=1, show_default=True, help="Row that holds the headings."
)
@click.option("--sheet", default=None, help="Sheet of a workbook; by default the one that holds the headings.")
@form_option
@shared()
def lma(
    files: tuple[Path, ...],
    folder: Path,
    id_: str | None,
    name: str | None,
    variant: str | None,
    decimal: str | None,
    heading_row: int,
    sheet: str | None,
    form: Any,
    lang: str,
    as_json: bool,
    method: str | None,
) -> None:
    """Import FILES with reports of receipt to the LMA (ontvangstmelding), as CSV or workbook."""
    from circularity.importers.lma import import_lma
    from circularity.method.load import load_method
    from circularity.tables.source_table import Format

    made = import_lma(
        files,
        folder,
        method=load_method(method),
        lang=lang,
        id_=id_,
        name=name,
        variant=variant,
        form=form,
        format_=Format(decimal=decimal, heading_row=heading_row, sheet=sheet),
    )
    _answer(made, lang, as_json)


@import_.command()
@click.argument("file", type=PATH)
@click.option("--map", "map_", type=PATH, required=True, help="What goes where: a YAML file.")
@into_option
@form_option
@shared()
def table(file: Path, map_: Path, folder: Path, form: Any, lang: str, as_json: bool, method: str | None) -> None:
    """Import any other table with a heading, by a map that says which column becomes what; see docs/maps/."""
    from circularity.importers.table import import_table
    from circularity.method.load import load_method

    made = import_table(file, map_, folder, method=load_method(method), lang=lang, form=form)
    _answer(made, lang, as_json)


def _answer(made: Imported, lang: str, as_json: bool) -> None:
    """The report of the rows, and what was written."""
    from circularity.importers.folder import REJECTS
    from circularity.texts import Texts, word

    if as_json:
        print_json(made.content)
        return
    t = Texts(lang)
    for line in made.report.lines():
        click.echo(line)
    mass = made.content.get("mass")
    if mass:
        click.echo(t("import.mass", generated=t.mass(mass["generated_kg"]), handed_on=t.mass(mass["handed_on_kg"])))
        lost = sorted(mass["rejected_kg_by_reason"].items(), key=lambda pair: -pair[1])
        reasons = "; ".join(f"{word(reason, 'reject_name')[lang]} {t.mass(kg)}" for reason, kg in lost if kg)
        if reasons:
            kept, rejected = t.mass(mass["kept_kg"]), t.mass(mass["rejected_kg"])
            click.echo(t("import.rejected_mass", kept=kept, rejected=rejected, reasons=reasons))
        readings = {reading: t.mass(kg) for reading, kg in mass["handed_on_kg_by_reading"].items()}
        click.echo(t("import.readings", **readings))
        click.echo(t("import.beyond", mass=t.mass(mass["handed_on_beyond_received_kg"])))
    if made.report.rows_rejected:
        click.echo(t("import.rejects", file=REJECTS))
    click.echo(t("import.written", folder=made.folder))
