"""The command line: one verb per question."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from circularity.errors import CallError, CannotWrite, CircularityError, Faults, ImpossibleInput
from circularity.texts import reason

if TYPE_CHECKING:
    import pandas as pd

    from circularity.result import Result

MOST_FAULTS_SHOWN = 100
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

lang_option = click.option(
    "--lang",
    type=click.Choice(["nl", "en"]),
    default="en",
    show_default=True,
    envvar="CIRCULARITY_LANG",
    help="Language of the answer.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON, numbers in full precision.")
method_option = click.option(
    "--method", default=None, help="Folder of a method, or a version; the installed one by default."
)
draws_option = click.option(
    "--draws", type=click.IntRange(100, 100_000), default=1000, show_default=True, help="Monte Carlo draws."
)
seed_option = click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, help="Seed of the draws."
)


def answering(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Turn the package's errors into a message and an exit code: 1 for data and checks, 2 for a wrong call."""

    @wraps(verb)
    def run(*args: Any, **options: Any) -> Any:
        lang = options.get("lang") or next(iter(options.get("langs", ())), "en")
        as_json = options.get("as_json", False)
        try:
            return verb(*args, **options)
        except CircularityError as error:
            if as_json:
                _print_json({**error.as_dict(lang), "status": "error"})
            else:
                click.echo(_message(error, lang), err=True)
            sys.exit(2 if isinstance(error, CallError) else 1)

    return run


def _message(error: CircularityError, lang: str) -> str:
    lines = error.text(lang).splitlines()
    if not isinstance(error, Faults) or len(lines) <= MOST_FAULTS_SHOWN + 1:
        return "\n".join(lines)
    more = {"nl": "… en nog {} (alle met --json)", "en": "… and {} more (all with --json)"}[lang]
    return "\n".join([*lines[: MOST_FAULTS_SHOWN + 1], "  " + more.format(len(lines) - 1 - MOST_FAULTS_SHOWN)])


def _print_json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="circularity")
def main() -> None:
    """Measure and monitor a circular economy with a method that all parties can read.

    A fieldlab is a folder with fieldlab.yaml and tables (organisations, flows, products) as CSV. The method stands in
    methodology/; no number of it is hidden in the program.

    \b
    circularity check data/pv-module-factory            every fault in the data, with its cell
    circularity assess data/pv-module-factory           all indicators, with interval and coverage
    circularity explain data/pv-module-factory mci      formula, numbers put in, rows behind them
    circularity compute mci F_R=0.25 C_R=0.4            one formula on numbers of your own
    circularity report                                  all reports, in Dutch and English
    circularity method show mci                         what the method says

    Exit code: 0 done, 1 the data or a check failed, 2 wrong call.
    """  # noqa: D301  (the backspaces are signs to click: keep these lines as they are)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a letter shows a question mark instead of breaking off.
        cast(io.TextIOWrapper, stream).reconfigure(errors="replace")


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@lang_option
@json_option
@method_option
@answering
def check(path: Path, lang: str, as_json: bool, method: str | None) -> None:
    """Read the fieldlab in PATH and list every fault: what, where, found, expected, what to do."""
    from circularity.ledger.balance import mass_balance
    from circularity.ledger.fieldlab import load_fieldlab
    from circularity.method.load import load_method
    from circularity.texts import Texts

    lab = load_fieldlab(path, load_method(method))
    balance = mass_balance(lab)
    if as_json:
        from circularity.export import records

        rows = {n: len(t) for n, t in lab.tables.items()}
        remarks = [remark.as_dict(lang) for remark in lab.remarks]
        answer = {"fieldlab": lab.id, "faults": [], "rows": rows, "mass_balance": records(balance), "remarks": remarks}
        _print_json(answer)
        return
    t = Texts(lang)
    click.echo(t("check.clean", name=lab.description.name[lang]))
    for name, table in lab.tables.items():
        click.echo(f"  {lab.method.tables[name].name[lang]}: {len(table)}")
    click.echo(t("check.balance"))
    for row in balance.to_dict("records"):
        gap = t("check.gap", gap=t.mass(row["gap"]), share=t.percent(row["relative_gap"]))
        detail = "" if row["status"] == "not_recorded" else f" ({gap})"
        entity = f"{t('level.' + row['level'])} {row['entity']}"
        click.echo(f"  {row['period']} {entity}: {t('balance.' + row['status'])}{detail}")
    if lab.remarks:
        click.echo(t("check.remarks"))
    for remark in lab.remarks:
        click.echo(f"  {remark.text(lang)}")


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write: .csv, .parquet, .xlsx or .json.")
@click.option("--level", type=click.Choice(["product", "organisation", "fieldlab"]), help="Only this level.")
@click.option("--period", type=int, help="Only this period.")
@click.option(
    "--framework",
    help="Only what a framework asks for, in its numbering; such as cb23, cti, esrs_e5, iso59020, npce.",
)
@draws_option
@seed_option
@lang_option
@json_option
@method_option
@answering
def assess(
    path: Path,
    output: Path | None,
    level: str | None,
    period: int | None,
    framework: str | None,
    draws: int,
    seed: int,
    lang: str,
    as_json: bool,
    method: str | None,
) -> None:
    """Compute all indicators of the fieldlab in PATH, with interval, coverage, status and reason.

    A workbook (.xlsx) also has the scores and the mass balance.
    """
    from circularity.export import check_ending, records, write_table

    if output is not None:
        check_ending(output)
        _keep_data(output, path)
    result = _result(path, method, draws, seed, lang)
    if framework is not None:
        table = result.framework(framework, period)
    else:
        table = result.indicators
        if period is not None:
            table = table[table["period"] == result.fieldlab.period(period)]
    if level is not None:
        table = table[table["level"] == level]
    if output is not None:
        write_table(table, output, scores=result.scores, balance=result.balance)
        if not as_json:
            click.echo(str(output))
            return
    if as_json:
        _print_json(records(table))
    elif framework is not None:
        _print_framework(result, table, framework, lang)
    else:
        _print_results(result, table, lang)


def _result(path: Path, method: str | None, draws: int, seed: int, lang: str) -> Result:
    from circularity.ledger.fieldlab import load_fieldlab
    from circularity.method.load import load_method
    from circularity.result import assess as run

    chosen = load_method(method)
    return run(load_fieldlab(path, chosen), chosen, draws=draws, seed=seed, lang=lang)


def _keep_data(output: Path, fieldlab: Path) -> None:
    if output.resolve().is_relative_to(fieldlab.resolve()):
        raise CannotWrite(found=output, because=reason("inside_fieldlab"))


def _print_results(result: Result, table: pd.DataFrame, lang: str) -> None:
    from circularity.texts import Texts

    t = Texts(lang)
    interval = t.percentiles(result.method.settings.uncertainty.interval)
    heading = [t(f"column.{c}", interval=interval) for c in ("indicator", "value", "interval", "coverage", "reason")]
    for (level, entity, period), rows in table.groupby(["level", "entity", "period"], sort=False):
        click.echo(f"\n{t('level.' + str(level))} {entity}, {period}")
        lines = [heading]
        for row in rows.to_dict("records"):
            indicator = result.method.indicator(row["indicator"])
            value, interval = t.figure(row["value"], row["low"], row["high"], row["unit"], indicator.spec.display)
            if row["status"] != "ok":
                interval = t(f"status.{row['status']}")
            lines.append([row["indicator"], value, interval, t.percent(row["coverage"]), row["reason"]])
        _print_lines(lines)


def _print_framework(result: Result, table: pd.DataFrame, framework: str, lang: str) -> None:
    from circularity.texts import Texts

    t = Texts(lang)
    period = int(table["period"].iloc[0])
    name = result.method.frameworks[framework].name[lang]
    click.echo(t("framework.heading", name=name, fieldlab=result.fieldlab.description.name[lang], period=period))
    interval = t.percentiles(result.method.settings.uncertainty.interval)
    lines = [[t("framework.item"), t("framework.asked"), t("column.indicator"), t("column.value"), interval, ""]]
    shown_number = {item.id: item.number for item in result.method.frameworks[framework].items}
    notes: dict[str, int] = {}
    for row in table.to_dict("records"):
        value = shown = name = ""
        if row["indicator"]:
            indicator = result.method.indicator(row["indicator"])
            name = indicator.name[lang] + ("" if row["level"] in ("", "fieldlab") else f" ({row['entity']})")
            value, shown = t.figure(row["value"], row["low"], row["high"], row["unit"], indicator.spec.display)
        if row["status"] != "ok":
            value, shown = "", t(f"framework.{row['status']}")
        note = notes.setdefault(row["deviation"], len(notes) + 1) if row["deviation"] else 0
        why = " ".join(filter(None, [row["reason"], f"[{note}]" if note else ""]))
        asked, item = row["name"], shown_number[row["item"]]
        lines.append([item, asked, name, value, "" if shown == value else shown, why])
    _print_lines(lines)
    for text, number in notes.items():
        click.echo(f"  [{number}] {text}")


def _print_lines(lines: list[list[str]]) -> None:
    """Cells in columns, the last as long as it is."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]) - 1)]
    for line in lines:
        cells = [c.ljust(w) for c, w in zip(line[:-1], widths, strict=True)]
        click.echo("  " + "  ".join([*cells, line[-1]]).rstrip())


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("indicator")
@click.option("--period", type=int, help="The last by default.")
@click.option("--level", type=click.Choice(["product", "organisation", "fieldlab"]), help="The widest by default.")
@click.option("--entity", help="The only one of the level by default.")
@draws_option
@seed_option
@lang_option
@json_option
@method_option
@answering
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
) -> None:
    """Show the formula of INDICATOR, the numbers put in and the rows behind them, for the fieldlab in PATH."""
    explanation = _result(path, method, draws, seed, lang).explain(indicator, period, level, entity)
    if as_json:
        _print_json(explanation.as_dict())
    else:
        click.echo(str(explanation))


@main.command()
@click.argument("indicator")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE ...]")
@lang_option
@json_option
@method_option
@answering
def compute(indicator: str, values: tuple[str, ...], lang: str, as_json: bool, method: str | None) -> None:
    """Evaluate the declared formula of INDICATOR on given numbers.

    Numbers have a decimal point. M=3:1 is one number per part of a product. What is not given takes the default that
    the declaration states, and the answer says so.
    """
    from circularity.method.compute import compute as run
    from circularity.method.load import load_method
    from circularity.texts import Texts

    declared = load_method(method).indicator(indicator)
    try:
        found = run(declared, _numbers(values, declared.id))
    except CircularityError as error:
        if not as_json:
            raise
        answer = {"indicator": declared.id, "value": None, "unit": declared.unit, "status": _status(error)}
        _print_json({**answer, "reason": error.text(lang), **error.as_dict(lang)})
        sys.exit(1)
    if as_json:
        _print_json(found.as_dict())
        return
    t = Texts(lang)
    unit = "" if found.unit == "1" else f" {found.unit}"
    click.echo(f"{found.value!r}{unit}")
    click.echo(f"{declared.name[lang]}: {declared.formula.text}")
    for name, formula in declared.steps():
        worked = formula.substituted({n: f"{v:.6g}" for n, v in found.terms.items()})
        click.echo(f"  {name} = {formula.text} = {worked} = {found.terms[name]:.6g}")
    click.echo(f"  {declared.id} = {found.worked.split(' = ', 1)[1]} = {found.value:.6g}")
    if found.defaults:
        shown = ", ".join(f"{n} = {v:g}" for n, v in found.defaults.items())
        click.echo(f"{t('compute.defaults')} {shown}")


def _status(error: CircularityError) -> str:
    from circularity.errors import ZeroDenominator

    return "not_applicable" if isinstance(error, ZeroDenominator) else "missing"


def _numbers(values: tuple[str, ...], indicator: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for text in values:
        name, sign, number = text.partition("=")
        if not sign or not name:
            raise click.UsageError(f"{text!r}: NAME=VALUE")
        if name in found:
            raise ImpossibleInput(found=text, because=reason("given_twice", name=name), indicator=indicator)
        parts = number.split(":")
        if not all(NUMBER.fullmatch(part) for part in parts):
            because = reason("comma" if "," in number else "not_a_number")
            raise ImpossibleInput(found=text, because=because, indicator=indicator)
        found[name] = [float(part) for part in parts]
    return found


@main.command()
@click.argument("fieldlabs", nargs=-1, metavar="[FIELDLAB ...]")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the fieldlabs.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder to write to.",
)
@click.option("--lang", "langs", type=click.Choice(["nl", "en"]), multiple=True, help="Language; both by default.")
@click.option("--period", type=int, help="Period the report is about; the last by default.")
@draws_option
@seed_option
@method_option
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=None,
    help="Notebooks at a time; the number of cores by default.",
)
@json_option
@answering
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
        langs=list(langs) or ["nl", "en"],
        period=period,
        draws=draws,
        seed=seed,
        method=method,
        jobs=jobs,
    )
    failed = [o for o in outcomes if o.error is not None]
    if as_json:
        _print_json([o.as_dict() for o in outcomes])
    else:
        for o in outcomes:
            click.echo(str(o.page) if o.error is None else o.error.text(o.lang), err=o.error is not None)
        if (out / "index.html").is_file():
            click.echo(str(out / "index.html"))
    if failed:
        sys.exit(1)


@main.group()
def method() -> None:
    """Look at the method: check it, or show what it says."""


@method.command("check")
@click.argument("path", required=False)
@lang_option
@json_option
@method_option
@answering
def method_check(path: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Run every check of the method in PATH, or of that of --method (formulas, units, sources, examples and more)."""
    from circularity.errors import MethodFaults
    from circularity.method.check import check_folder, unverified_sources
    from circularity.method.load import method_root
    from circularity.method.reviews import read_reviews
    from circularity.texts import Texts

    if path is not None and method is not None:
        raise click.UsageError("Give PATH or --method, not both.")
    loaded, faults = check_folder(method_root(path if path is not None else method))
    if faults:
        raise MethodFaults(faults)
    examples = [example for i in loaded.indicators.values() for example in i.spec.examples]
    refused = sum(example.expect == "refused" for example in examples)
    unverified = [i.id for i in loaded.indicators.values() if i.spec.source.status == "unverified"]
    sources, all_sources = unverified_sources(loaded)
    if as_json:
        answer = {
            "method": loaded.settings.id,
            "version": loaded.version,
            "faults": [],
            "indicators": len(loaded.indicators),
            "examples": len(examples),
            "examples_refused": refused,
            "unverified": unverified,
            "unverified_sources": sources,
        }
        _print_json(answer)
        return
    t = Texts(lang)
    count = len(loaded.indicators)
    click.echo(t("method.clean", version=loaded.version, count=count, examples=len(examples), refused=refused))
    click.echo(t("method.unverified", count=len(unverified)))
    total = len(all_sources)
    findings = read_reviews(loaded)
    still_open = sum(f.open for f in findings)
    click.echo(t("method.reviews", count=len(findings), open=still_open))
    click.echo(t("method.unverified_sources", count=len(sources), total=total, names=", ".join(sources) or "–"))


@method.command("show")
@click.argument("indicator", required=False)
@lang_option
@json_option
@method_option
@answering
def method_show(indicator: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Show all indicators, or everything about one INDICATOR."""
    from circularity.method.load import load_method
    from circularity.method.show import as_data, as_text

    loaded = load_method(method)
    if indicator is not None:
        declared = loaded.indicator(indicator)
        if as_json:
            _print_json(as_data(loaded, declared))
        else:
            click.echo(as_text(loaded, declared, lang))
        return
    if as_json:
        _print_json([as_data(loaded, i) for i in loaded.indicators.values()])
        return
    widest = max(len(i) for i in loaded.indicators)
    for item in loaded.indicators.values():
        click.echo(f"{item.id.ljust(widest)}  {item.unit.ljust(6)}  {item.name[lang]}")


@method.command("site")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("site"), show_default=True, help="Folder to write to."
)
@click.option("--earlier", help="Version or folder that the page of changes compares with; the one before by default.")
@lang_option
@json_option
@method_option
@answering
def method_site(out: Path, earlier: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Write the review pack: a site and a PDF in Dutch and English, made from the method."""
    from circularity.method.load import installed_versions, load_method
    from circularity.reviewpack import build

    loaded = load_method(method)
    before = [v for v in installed_versions() if v != loaded.version]
    previous = load_method(earlier) if earlier else load_method(before[-1]) if before else None
    made = build(loaded, out, previous)
    if as_json:
        _print_json([str(path) for path in made])
    else:
        click.echo("\n".join(map(str, made)))


@method.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--all", "show_all", is_flag=True, help="Also changed texts, examples and references.")
@lang_option
@json_option
@answering
def method_diff(old: str, new: str, show_all: bool, lang: str, as_json: bool) -> None:
    """Say in words what changed between two versions, OLD and NEW: versions that came with the package, or folders."""
    from circularity.method.diff import diff, summary
    from circularity.method.load import load_method
    from circularity.texts import Texts

    before, after = load_method(old), load_method(new)
    changes = diff(before, after)
    if as_json:
        _print_json([c.as_dict() for c in changes])
        return
    t, versions = Texts(lang), {"old": before.version, "new": after.version}
    click.echo(t("diff.heading", count=len(changes), **versions) if changes else t("diff.none", **versions))
    for line in summary(changes, lang):
        click.echo(f"  {line}")
    for change in changes:
        if show_all or change.matters:
            click.echo(f"  {change.text(lang)}")
    left_out = 0 if show_all else sum(not c.matters for c in changes)
    if left_out:
        click.echo(t("diff.left_out", count=left_out))


@method.command("effect")
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("old")
@click.argument("new")
@click.option("--since", type=int, help="Earlier period; the first by default.")
@click.option("--period", type=int, help="Later period; the last by default.")
@lang_option
@json_option
@answering
def method_effect(
    path: Path, old: str, new: str, since: int | None, period: int | None, lang: str, as_json: bool
) -> None:
    """Split the change of the fieldlab in PATH into what the data did and what the step from OLD to NEW did."""
    from circularity.assess.compare import split_change
    from circularity.export import records
    from circularity.ledger.fieldlab import load_fieldlab
    from circularity.method.load import load_method
    from circularity.texts import Texts

    before, after = load_method(old), load_method(new)
    lab = load_fieldlab(path, after)
    earlier, later = lab.period(lab.periods[0] if since is None else since), lab.period(period)
    table = split_change(lab, before, after, earlier, later, lang)
    if as_json:
        _print_json(records(table))
        return
    t = Texts(lang)
    click.echo(t("effect.heading", earlier=earlier, later=later, old=before.version, new=after.version))
    lines = [[*(t(f"effect.{c}") for c in ("indicator", "data_part", "method_part", "total")), ""]]
    for row in table.to_dict("records"):
        display = after.indicator(row["indicator"]).spec.display
        parts = [t.change(row[c], row["unit"], display) for c in ("data_part", "method_part", "total")]
        who = "" if row["level"] == "fieldlab" else f" ({row['entity']})"
        lines.append([row["indicator"] + who, *parts, row["reason"]])
    _print_lines(lines)


if __name__ == "__main__":
    main()
