"""The verb that scores a table of values, and judges claims about the scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circularity.cli.common import PATH, print_json, print_lines, shared
from circularity.errors import CallError, FileError, sentence, visible
from circularity.tables.read import read_table
from circularity.texts import Texts, reason

if TYPE_CHECKING:
    import pandas as pd

    from circularity.assessment.claims import ScoringModel
    from circularity.method.load import Method
    from circularity.scoring import Composite
    from circularity.scoring.analysis import Analysis
    from circularity.scoring.stakeholder_weights import StakeholderWeights
    from circularity.scoring.verdict import Verdict

# Units and notes that are shown on a terminal; a file has them all.
MOST_ROWS = 60


@click.command()
@click.argument("values", type=PATH)
@click.argument("structure", type=PATH)
@click.option(
    "--pipeline",
    "--chain",
    "pipeline",
    type=PATH,
    help="YAML file with the steps; those of the method by default.",
)
@click.option(
    "--weights",
    type=PATH,
    help="Table of weights: code, weight and, for weights per helix, group (as `circularity consensus -o` writes it).",
)
@click.option(
    "--responses",
    type=PATH,
    help="Folder with answers of stakeholders (see `circularity consensus`): their weights, per helix and together.",
)
@click.option(
    "--claim", "claims", multiple=True, help='A claim to judge, such as "A above B in 2024"; may be repeated.'
)
@click.option("--claims", "claims_file", type=PATH, help="Table of claims, one per row, in the column claim.")
@click.option(
    "--draws",
    type=click.IntRange(100, 1_000_000),
    default=None,
    help="Draws behind a verdict; those of the method by default.",
)
@click.option(
    "--analyse",
    is_flag=True,
    help="Show as well whether the indicators belong together: statistics, correlations, coherence, what each weighs "
    "in the end, and what ranks become without it.",
)
@click.option("--log", type=PATH, help="File to write everything to that the scores were made of (.json).")
@shared("output", "seed")
def score(
    values: Path,
    structure: Path,
    pipeline: Path | None,
    weights: Path | None,
    responses: Path | None,
    claims: tuple[str, ...],
    claims_file: Path | None,
    draws: int | None,
    analyse: bool,
    log: Path | None,
    output: Path | None,
    seed: int,
    lang: str,
    as_json: bool,
    method: str | None,
) -> None:
    """Score the units in the table VALUES as the table STRUCTURE says, and judge claims about them.

    VALUES is a table (CSV, a workbook or Parquet) with a row per `unit` (and `period`) and a column per indicator, or
    a long table with the columns `unit`, `period`, `indicator`, `value` and, where known, `sd` or `uncertainty`. An
    empty cell is not known.

    STRUCTURE has the columns `code`, `parent`, `weight`, and `direction` for indicators; further `level`, `goalposts`
    (such as 0;100), `aggregation`, `treatment`, `normalisation`, `target`, `denominator`, `nl`, `en`. The row without
    parent is the top.

    \b
    A claim is one of:
      A above B [on CODE] [in 2024]
      A improved [on CODE] since 2020 [until 2024]
      A is in the top 3 [on CODE] [in 2024]
      CODE [of A] meets its target [in 2024]
    """  # noqa: D301
    from circularity.assessment.claims import ScoringModel, scoring_of
    from circularity.method.load import load_method
    from circularity.scoring import read_tree, read_values
    from circularity.scoring.analysis import analyse as looked
    from circularity.scoring.claims import read_claims
    from circularity.scoring.pipeline import read_steps
    from circularity.scoring.stakeholder_weights import read_weights
    from circularity.tables.write import check_target, write_table

    agreed = load_method(method)
    scoring = scoring_of(agreed)
    inputs = [p for p in (values, structure, pipeline, weights, claims_file) if p is not None]
    for written in (output, log):
        if written is not None and any(written.resolve() == path.resolve() for path in inputs):
            raise CallError("CannotWrite", found=written, because=reason("is_input"))
        if written is not None and responses is not None and written.resolve().parent == responses.resolve():
            raise CallError("CannotWrite", found=written, because=reason("is_input"))
    if output is not None:
        check_target(output)
    tree = read_tree(read_table(structure))
    numbers = read_values(read_table(values), tree)
    steps = _pipeline(pipeline) if pipeline else list(scoring.pipeline)
    read_steps(steps)
    if not any(s.get("step") == "aggregate" for s in steps):
        raise CallError("WrongStep", number=len(steps) + 1, found="aggregate", because=sentence("lacks_step"))
    if weights is not None and responses is not None:
        raise click.UsageError(Texts(lang)("score.one_of"))
    stakeholders = read_weights(read_table(weights), tree) if weights else None
    if responses is not None:
        stakeholders = _of_people(responses, structure, agreed, seed)
    model = ScoringModel(agreed, numbers, tree, steps, stakeholders=stakeholders)
    result = model.composite
    if log is not None:
        result.log.save(log)
    said = [*claims, *(_claims(claims_file) if claims_file else [])]
    verdicts = model.judge(read_claims(said, tree, numbers), draws or scoring.uncertainty.draws, seed) if said else []
    found = looked(result, **scoring.analysis.model_dump()) if analyse else None
    if output is not None:
        write_table(result.table(), output, **_sheets(result, verdicts), **(found.tables() if found else {}))
    told = _weights_in_words(model, lang)
    if as_json:
        looked_at = {"analysis": {n: _plain(t) for n, t in found.tables().items()}} if found else {}
        print_json(_answer(result, verdicts, told, agreed, lang) | looked_at)
        return
    _print(result, verdicts, told, lang)
    if found is not None:
        _print_analysis(found, result, lang)
    if output is not None:
        click.echo(Texts(lang)("reconcile.written", path=output))


def _pipeline(path: Path) -> list[dict[str, Any]]:
    from circularity.errors import Where
    from circularity.method.readers import read_yaml
    from circularity.texts import word

    steps = read_yaml(path)
    if isinstance(steps, dict) and len(steps) == 1 and set(steps) <= {"pipeline", "chain"}:
        (steps,) = steps.values()
    if not isinstance(steps, list) or not all(isinstance(s, dict) for s in steps):
        raise FileError(
            "WrongValue", where=Where(file=path.name), found=type(steps).__name__, expected=word("list", "expected")
        )
    return steps


def _of_people(folder: Path, structure: Path, method: Method, seed: int) -> StakeholderWeights:
    from circularity.scoring.stakeholder_weights import weights_of_people
    from circularity.weighting import find_consensus, read_responses

    found = find_consensus(read_responses(folder, structure, method), seed=seed)
    return weights_of_people(found.weights, found.people)


def _claims(path: Path) -> list[str]:
    from circularity.errors import CircularityError, DataFaults
    from circularity.tables.checked import Cells

    faults: list[CircularityError] = []
    cells = Cells(read_table(path), "claims", ["claim"], [], faults)
    texts = [cells.text(row, "claim") for row in range(len(cells))]
    if faults:
        raise DataFaults(faults)
    return texts


def _weights_in_words(model: ScoringModel, lang: str) -> str:
    """Where the weights come from: nobody should take equal weights for agreed ones."""
    t = Texts(lang)
    if model.stakeholders is None:
        return t(f"score.weights_{model.tree.weights_are}")
    helices = ", ".join(model.helices)
    return t("score.weights_of_groups", groups=helices) if helices else t("score.weights_given")


def _sheets(result: Composite, verdicts: list[Verdict]) -> dict[str, Any]:
    from circularity.scoring.verdict import as_table

    sheets = {"weights": result.weights.rename_axis("code").reset_index(), "notes": result.notes}
    return {**sheets, "verdicts": as_table(verdicts)} if verdicts else sheets


def _answer(result: Composite, verdicts: list[Verdict], told: str, method: Method, lang: str) -> dict[str, Any]:
    from circularity.scoring.backcast import what_moves
    from circularity.scoring.verdict import as_table
    from circularity.tables.write import records

    return {
        "top": result.structure.top,
        "units": len(set(result.values.units)),
        "indicators": len(result.structure.leaves),
        "weights_are": told,
        "weights": {str(code): float(weight) for code, weight in result.weights.items()},
        "moved_by_others": [{"step": s, "code": c} for s, c in what_moves(result.structure, result.log.steps)],
        "scores": _plain(result.table()),
        "verdicts": [
            {
                "claim": v.claim.text, "said": v.claim.said(lang, result.structure), "verdict": v.word,
                "opposite_supported": v.opposite, "turned_by": v.turned_by, "by_choice": v.by_choice,
                "indices": records(v.indices),
            }
            for v in verdicts
        ],
        "probabilities": records(as_table(verdicts)) if verdicts else [],
        "notes": _plain(result.notes),
        "steps": result.log.steps,
        "method_version": method.version,
    }  # fmt: skip


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for a program, with nothing where a value is missing."""
    from circularity.tables.write import records

    return records(table.astype(object).where(table.notna(), None))


def _print(result: Composite, verdicts: list[Verdict], told: str, lang: str) -> None:
    from circularity.scoring.backcast import what_moves

    t, top = Texts(lang), result.structure.top
    click.echo(t("score.made", units=len(set(result.values.units)), indicators=len(result.structure.leaves)))
    click.echo(told)
    below = list(result.structure.children[top])[:6]
    periods = sorted(set(result.values.periods))
    for period in periods:
        heading = [t("score.rank"), t("score.unit"), result.structure[top].name[lang]]
        heading += [result.structure[c].name[lang] for c in below] + [t("score.coverage")]
        if period:
            click.echo(t("score.in", period=period))
        rows = _ranked_rows(result, top, below, period, t)
        print_lines([heading, *rows[:MOST_ROWS]])
        if len(rows) > MOST_ROWS:
            click.echo(f"  {t('check.more', count=len(rows) - MOST_ROWS)}")
    moves = what_moves(result.structure, result.log.steps)
    if moves:
        names = sorted({c for _, c in moves})
        click.echo(t("score.moves", steps=", ".join(sorted({s for s, _ in moves})), count=len(names)))
    if verdicts:
        click.echo(t("score.verdicts"))
    for verdict in verdicts:
        click.echo(f"  {visible(verdict.text(lang, verdict.claim.said(lang, result.structure)))}")


def _print_analysis(found: Analysis, result: Composite, lang: str) -> None:
    from circularity.report.analysis import analysis_blocks

    t = Texts(lang)
    for block in analysis_blocks(found, {n.code: n.name[lang] for n in result.structure}, t):
        click.echo(block.title)
        print_lines([block.headings, *([visible(cell) for cell in row] for row in block.rows[:MOST_ROWS])])
        if len(block.rows) > MOST_ROWS:
            click.echo(f"  {t('check.more', count=len(block.rows) - MOST_ROWS)}")


def _ranked_rows(result: Composite, top: str, below: list[str], period: int, t: Texts) -> list[list[str]]:
    table = result.scores[[top, *below]].reset_index(drop=True)
    table = table.assign(unit=list(result.values.units), period=list(result.values.periods))
    table["coverage"] = result.coverage[top].to_numpy()
    table["rank"] = (
        result.ranks[top].to_numpy(dtype=float, na_value=float("nan")) if top in result.ranks else float("nan")
    )
    table = table[table["period"] == period].sort_values(["rank", "unit"], kind="stable")
    return [
        [
            t.fixed(row["rank"], 0),
            visible(row["unit"]),
            *(t.number(row[code]) for code in (top, *below)),
            t.percent(row["coverage"], 2),
        ]
        for row in table.to_dict("records")
    ]
