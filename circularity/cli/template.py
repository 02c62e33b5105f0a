"""The verb that writes a form to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from circularity.cli.common import PATH, print_written, shared
from circularity.errors import CallError
from circularity.texts import Texts

# What it writes besides the kinds of fieldlab.
WEIGHTS = "weights"


@click.command()
@click.argument("kind")
@click.argument("output", type=PATH, metavar="OUT.xlsx")
@click.option(
    "--elicitation",
    "--way",
    "way",
    type=click.Choice(["ahp", "bwm", "swing", "budget", "smart", "roc"]),
    help="Elicitation method of weights: pairwise comparison, best and worst, swing, 100 points, SMART, or an order.",
)
@click.option(
    "--structure",
    type=PATH,
    help="With weights: the hierarchy, a CSV file with code and parent; scores.csv of the method by default.",
)
@shared()
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
    print_written([output], as_json)
