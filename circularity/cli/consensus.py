"""The verb that pools the answers of stakeholders into weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circularity.cli.common import PATH, print_json, print_lines, shared
from circularity.errors import CallError
from circularity.texts import Texts, reason

if TYPE_CHECKING:
    from circularity.weighting import Consensus

MOST_ROWS = 60


@click.command()
@click.argument("folder", type=PATH)
@click.option(
    "--structure",
    type=PATH,
    help="Hierarchy: a CSV file with code and parent (nl, en or name); scores.csv of the method by default.",
)
@click.option(
    "--together",
    type=click.Choice(["aij", "aip", "aip_arithmetic"]),
    help="Pool judgements (AHP only), or weights by their geometric or arithmetic mean; by default as in the method.",
)
@click.option("--without", multiple=True, metavar="HELIX", help="A helix to leave out on purpose; may be repeated.")
@shared("output", "seed")
def consensus(
    folder: Path,
    structure: Path | None,
    together: str | None,
    without: tuple[str, ...],
    output: Path | None,
    seed: int,
    lang: str,
    as_json: bool,
    method: str | None,
) -> None:
    """Pool the answers of stakeholders in FOLDER into weights, and say how much they agree.

    FOLDER holds workbooks made with `circularity template weights` and filled in, and CSV files with a row for each
    answer: respondent, helix, role, node, way, part, item, other, value. A respondent is a code such as r1, never a
    name. Every helix weighs the same, however many people answer; one without answers is an error, unless it
    is left out with --without.

    The answer has the weights of every helix and all together, how consistent each respondent was and which judgement
    to ask again, and agreement in four numbers: overlap (S*, or S), order (Kendall's W), rank correlation, and the
    largest distance between two helices. Exit code 0 says that it was computed; whether they agree is in the
    answer. A workbook (-o FILE.xlsx) also has the people, the agreement and the consistency.
    """
    from circularity.method.load import load_method
    from circularity.tables.write import check_target, write_table
    from circularity.weighting import find_consensus, read_responses

    if output is not None:
        check_target(output)
        if output.resolve().parent == folder.resolve():
            # It would be read as answers the next time.
            raise CallError("CannotWrite", found=output, because=reason("is_input"))
    responses = read_responses(folder, structure, load_method(method))
    found = find_consensus(responses, together, without, seed)
    if output is not None:
        sheets = {name: getattr(found, name) for name in ("people", "agreement", "overall", "consistency")}
        write_table(found.weights, output, **sheets)
    if as_json:
        print_json(_answer(found, lang))
        return
    _print(found, lang)
    if output is not None:
        click.echo(Texts(lang)("consensus.written", path=output))


def _answer(found: Consensus, lang: str) -> dict[str, Any]:
    from circularity.tables.write import records

    tables = ("weights", "agreement", "overall", "consistency", "people")
    return {
        "together": found.together,
        "without": list(found.without),
        "respondents": int(found.people["respondent"].nunique()),
        **{name: records(getattr(found, name)) for name in tables},
        "findings": [finding.as_dict(lang) for finding in found.findings],
        "notes": found.notes(lang),
        "summary": found.summary(lang),
    }


def _print(found: Consensus, lang: str) -> None:
    t = Texts(lang)
    for line in found.summary(lang):
        click.echo(line)
    groups = list(dict.fromkeys(found.weights["group"]))
    names = {group: helix[lang] for group, helix in found.method.rules.helices.items()}
    names["pooled"] = t("consensus.pooled")
    table = found.weights.set_index(["parent", "code", "group"])["weight"].unstack(sort=False)[groups]
    lines = [[t("consensus.node"), t("consensus.item"), *(names[group] for group in groups)]]
    for (parent, code), row in table.iterrows():
        said = [found.structure.name(part, lang) for part in (parent, code)]
        lines.append([*said, *(t.percent(row[group]) for group in groups)])
    _print_table(t, "consensus.weights_are", lines)
    columns = ("s_star", "s", "kendall_w", "p_value", "spearman")
    heads = ["S*", "S", "W", "p", t("consensus.spearman"), t("consensus.distance")]
    lines = [[t("consensus.node"), t("consensus.among"), *heads]]
    among = {**names, "people": t("consensus.people"), "helices": t("consensus.helices")}
    for record in found.agreement.to_dict("records"):
        said = [found.structure.name(record["parent"], lang), among[record["among"]]]
        lines.append([*said, *(t.number(record[name], 2) for name in columns), t.percent(record["distance"], 2)])
    _print_table(t, "consensus.agreement_is", lines)
    lines = [[t("consensus.respondent"), t("consensus.node"), "", "", t("consensus.limit")]]
    for record in found.consistency.to_dict("records"):
        said = [record["respondent"], found.structure.name(record["parent"], lang), record["measure"]]
        lines.append([*said, t.number(record["value"], 2), t.number(record["limit"], 2)])
    _print_table(t, "consensus.consistency_is", lines)
    if found.findings:
        click.echo(t("consensus.found"))
    for finding in found.findings:
        click.echo(f"  {finding.text(lang)}")


def _print_table(t: Texts, title: str, lines: list[list[str]]) -> None:
    if len(lines) < 2:
        return
    click.echo(t(title))
    print_lines(lines[: MOST_ROWS + 1])
    if len(lines) > MOST_ROWS + 1:
        click.echo(f"  {t('check.more', count=len(lines) - 1 - MOST_ROWS)}")
