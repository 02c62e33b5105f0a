"""The verb that scores a table of values, and judges claims about the scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circularity.cli.common import PATH, print_json, print_lines, shared
from circularity.errors import CallError, FileError, ScoringError, sentence, visible
from circularity.tables.read import read_table
from circularity.texts import LANGUAGES, Texts, reason

if TYPE_CHECKING:
    from circularity.method.load import Method
    from circularity.scoring import Composite
    from circularity.scoring.factors import DrawnWeights
    from circularity.scoring.structure import Structure
    from circularity.scoring.verdict import Verdict

# Units and notes that are shown on a terminal; a file has them all.
MOST_ROWS = 60


@click.command()
@click.argument("values", type=PATH)
@click.argument("structure", type=PATH)
@click.option("--chain", type=PATH, help="YAML file with the steps; those of the method by default.")
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
@click.option("--log", type=PATH, help="File to write everything to that the scores were made of (.json).")
@shared("output", "seed")
def score(
    values: Path,
    structure: Path,
    chain: Path | None,
    weights: Path | None,
    responses: Path | None,
    claims: tuple[str, ...],
    claims_file: Path | None,
    draws: int | None,
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
    from circularity.method.load import load_method
    from circularity.score.claims import scoring_of
    from circularity.scoring import build, read_structure, read_values
    from circularity.scoring.chain import read_steps
    from circularity.tables.write import check_ending, write_table

    agreed = load_method(method)
    scoring = scoring_of(agreed)
    inputs = [p for p in (values, structure, chain, weights, claims_file) if p is not None]
    for written in (output, log):
        if written is not None and any(written.resolve() == path.resolve() for path in inputs):
            raise CallError("CannotWrite", found=written, because=reason("is_input"))
    if output is not None:
        check_ending(output)
    frame = read_table(structure)
    parts = read_structure(frame)
    numbers = read_values(read_table(values), parts)
    steps = _chain(chain) if chain else list(scoring.chain)
    read_steps(steps)
    if not any(s.get("step") == "aggregate" for s in steps):
        raise CallError("WrongStep", number=len(steps) + 1, found="aggregate", because=sentence("lacks_step"))
    if weights is not None and responses is not None:
        raise click.UsageError(Texts(lang)("score.one_of"))
    pooled, helices = _weights(weights, parts) if weights else ({}, {})
    if responses is not None:
        pooled, helices = _of_people(responses, structure, agreed, seed)
    if pooled:
        weigh = {"step": "weigh", "way": "given", "weights": pooled}
        steps = [*_before_aggregate(steps), weigh, *_rest(steps)]
    result = build(numbers, parts, steps)
    if log is not None:
        result.log.save(log)
    said = [*claims, *(_claims(claims_file) if claims_file else [])]
    verdicts = _judge(result, steps, said, helices, bool(pooled), agreed, draws, seed) if said else []
    if output is not None:
        sheets = _sheets(result, verdicts)
        write_table(result.table(), output, **sheets)
    told = _weights_told(frame, parts, helices, bool(pooled), lang)
    if as_json:
        print_json(_answer(result, verdicts, told, steps, agreed, lang))
        return
    _print(result, verdicts, told, steps, lang)
    if output is not None:
        click.echo(Texts(lang)("reconcile.written", path=output))


def _chain(path: Path) -> list[dict[str, Any]]:
    from circularity.errors import Where
    from circularity.method.yaml_reader import read_yaml
    from circularity.texts import word

    steps = read_yaml(path)
    if isinstance(steps, dict) and set(steps) == {"chain"}:
        steps = steps["chain"]
    if not isinstance(steps, list) or not all(isinstance(s, dict) for s in steps):
        raise FileError(
            "WrongValue", where=Where(file=path.name), found=type(steps).__name__, expected=word("list", "expected")
        )
    return steps


def _before_aggregate(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [s for s in steps[: _place(steps)] if s.get("step") != "weigh"]


def _rest(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return steps[_place(steps) :]


def _place(steps: list[dict[str, Any]]) -> int:
    return next((i for i, s in enumerate(steps) if s.get("step") == "aggregate"), len(steps))


def _weights(path: Path, structure: Structure) -> tuple[dict[str, float], dict[str, DrawnWeights]]:
    """Weights of all together by code, and of each helix; a table without groups is of all together."""
    import pandas as pd

    from circularity.errors import CircularityError, DataFaults, Where, meant
    from circularity.score.helices import POOLED, weights_by_group
    from circularity.tables.checked import Cells
    from circularity.texts import word

    faults: list[CircularityError] = []
    cells = Cells(read_table(path), "weights", ["code", "weight"], ["group", "parent"], faults)
    rows = []
    for row in range(len(cells)):
        code, group = cells.text(row, "code"), cells.text(row, "group", needed=False) or POOLED
        if code and code not in structure:
            where = cells.where(row, "code")
            faults.append(
                ScoringError("UnknownIndicatorOfStructure", where=where, found=code, hint=meant(code, structure.nodes))
            )
        rows.append({"group": group, "code": code, "weight": cells.number(row, "weight")})
    pooled, helices = weights_by_group(pd.DataFrame(rows))
    if not pooled:
        where = Where(file=path.name, column="group")
        faults.append(FileError("WrongValue", where=where, found=word("empty", "yaml_value"), expected=f"'{POOLED}'"))
    if faults:
        raise DataFaults(faults)
    return pooled, helices


def _of_people(
    folder: Path, structure: Path, method: Method, seed: int
) -> tuple[dict[str, float], dict[str, DrawnWeights]]:
    from circularity.score.helices import weights_by_group, weights_by_helix
    from circularity.weighting import find_consensus, read_responses

    found = find_consensus(read_responses(folder, structure, method), seed=seed)
    return weights_by_group(found.weights)[0], weights_by_helix(found.people)


def _claims(path: Path) -> list[str]:
    from circularity.errors import CircularityError, DataFaults
    from circularity.tables.checked import Cells

    faults: list[CircularityError] = []
    cells = Cells(read_table(path), "claims", ["claim"], [], faults)
    texts = [cells.text(row, "claim") for row in range(len(cells))]
    if faults:
        raise DataFaults(faults)
    return texts


def _judge(
    result: Composite,
    steps: list[dict[str, Any]],
    said: list[str],
    helices: dict[str, DrawnWeights],
    given: bool,
    method: Method,
    draws: int | None,
    seed: int,
) -> list[Verdict]:
    from circularity.score.claims import free_weights, scoring_of, thresholds_of, uncertain_method
    from circularity.scoring.claims import read_claims
    from circularity.scoring.factors import DrawnValues, Factor
    from circularity.scoring.rebuild import Model
    from circularity.scoring.verdict import judge

    scoring = scoring_of(method)
    values, structure = result.start, result.structure
    names = {s["step"] for s in steps}
    factors: list[Factor] = [choice for choice in uncertain_method(scoring) if choice.step in names]
    if values.uncertain:
        factors.insert(0, DrawnValues())
    if not given:
        factors.append(free_weights(scoring))
    return judge(
        read_claims(said, structure, values),
        Model.of(values, structure, steps, factors),
        thresholds_of(method),
        helices=helices or None,
        draws=draws or scoring.uncertainty.draws,
        seed=seed,
        base=scoring.uncertainty.base,
        bootstrap=scoring.uncertainty.bootstrap,
        names=_helix_names(method),
    )


def _helix_names(method: Method) -> dict[str, dict[str, str]]:
    if method.consensus is None:
        return {}
    return {h: {lang: both[lang] for lang in LANGUAGES} for h, both in method.consensus.rules.helices.items()}


def _weights_told(frame: Any, structure: Structure, helices: dict[str, DrawnWeights], given: bool, lang: str) -> str:
    """Where the weights come from, in words: nobody should take equal weights for agreed ones."""
    t = Texts(lang)
    if given:
        return t("score.weights_of_groups", groups=", ".join(helices)) if helices else t("score.weights_given")
    if "agreed" in frame.columns and set(frame["agreed"].astype(str)) == {"yes"}:
        return t("score.weights_agreed")
    equal = all(len({structure[c].weight for c in below}) == 1 for below in structure.children.values() if below)
    return t("score.weights_equal" if equal else "score.weights_not_agreed")


def _sheets(result: Composite, verdicts: list[Verdict]) -> dict[str, Any]:
    from circularity.scoring.verdict import as_table

    sheets = {"weights": result.weights.rename_axis("code").reset_index(), "notes": result.notes}
    return {**sheets, "verdicts": as_table(verdicts)} if verdicts else sheets


def _answer(
    result: Composite, verdicts: list[Verdict], told: str, steps: list[dict[str, Any]], method: Method, lang: str
) -> dict[str, Any]:
    from circularity.scoring.monitor import what_moves
    from circularity.scoring.verdict import as_table
    from circularity.tables.write import records

    return {
        "top": result.structure.top,
        "units": len(set(result.values.units)),
        "indicators": len(result.structure.leaves),
        "weights_are": told,
        "weights": {str(code): float(weight) for code, weight in result.weights.items()},
        "moved_by_others": [{"step": s, "code": c} for s, c in what_moves(result.structure, steps)],
        "scores": records(result.table().astype(object).where(result.table().notna(), None)),
        "verdicts": [
            {
                "claim": v.claim.text, "said": v.claim.said(lang, result.structure), "verdict": v.word,
                "opposite_supported": v.opposite, "turned_by": v.turned_by, "by_choice": v.by_choice,
                "indices": records(v.indices),
            }
            for v in verdicts
        ],
        "probabilities": records(as_table(verdicts)) if verdicts else [],
        "notes": records(result.notes.astype(object).where(result.notes.notna(), None)),
        "steps": result.log.steps,
        "method_version": method.version,
    }  # fmt: skip


def _print(result: Composite, verdicts: list[Verdict], told: str, steps: list[dict[str, Any]], lang: str) -> None:
    from circularity.scoring.monitor import what_moves

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
    moves = what_moves(result.structure, steps)
    if moves:
        names = sorted({c for _, c in moves})
        click.echo(t("score.moves", steps=", ".join(sorted({s for s, _ in moves})), count=len(names)))
    if verdicts:
        click.echo(t("score.verdicts"))
    for verdict in verdicts:
        click.echo(f"  {visible(verdict.text(lang, verdict.claim.said(lang, result.structure)))}")


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
