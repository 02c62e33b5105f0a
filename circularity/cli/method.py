"""Verbs about the method."""

from __future__ import annotations

from pathlib import Path

import click

from circularity.cli.common import PATH, print_json, print_lines, shared
from circularity.errors import visible


@click.group()
def method() -> None:
    """Look at the method: check it, or show what it says."""


@method.command("check")
@click.argument("path", required=False)
@shared()
def method_check(path: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Run every check of the method in PATH, or of that of --method (formulas, units, sources, examples and more)."""
    from circularity.errors import MethodFaults
    from circularity.method.check import check_folder
    from circularity.method.checks.sources import unverified_sources
    from circularity.method.load import method_root
    from circularity.method.reviews import read_reviews
    from circularity.method.scoring_config import FILE as SCORING_FILE
    from circularity.method.scoring_config import old_names
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
            "old_names": old_names(loaded.root),
        }
        print_json(answer)
        return
    t = Texts(lang)
    count = len(loaded.indicators)
    click.echo(t("method.clean", version=loaded.version, count=count, examples=len(examples), refused=refused))
    click.echo(t("method.unverified", count=len(unverified)))
    total = len(all_sources)
    findings = read_reviews(loaded)
    still_open = sum(f.open for f in findings)
    click.echo(t("method.reviews", count=len(findings), open=still_open))
    for old, new in old_names(loaded.root).items():
        click.echo(t("method.old_name", file=SCORING_FILE, old=old, new=new))
    click.echo(t("method.unverified_sources", count=len(sources), total=total))


@method.command("show")
@click.argument("indicator", required=False)
@shared()
def method_show(indicator: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Show all indicators, or everything about one INDICATOR."""
    from circularity.method.load import load_method
    from circularity.method.show import as_data, as_text

    loaded = load_method(method)
    if indicator is not None:
        declared = loaded.indicator(indicator)
        if as_json:
            print_json(as_data(loaded, declared))
        else:
            click.echo(as_text(loaded, declared, lang))
        return
    if as_json:
        print_json([as_data(loaded, i) for i in loaded.indicators.values()])
        return
    widest = max(len(i) for i in loaded.indicators)
    for item in loaded.indicators.values():
        click.echo(f"{item.id.ljust(widest)}  {item.unit.ljust(6)}  {item.name[lang]}")


@method.command("list")
@click.argument("name", required=False)
@click.argument("text", required=False)
@shared()
def method_list(name: str | None, text: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Show all code lists, the codes of list NAME, or those with TEXT in their code, name or meaning."""
    from circularity.method.load import load_method
    from circularity.method.vocabulary import code_list, find_codes
    from circularity.texts import Texts

    loaded, t = load_method(method), Texts(lang)
    if name is None:
        lists = {n: loaded.settings.lists.get(n) for n in loaded.vocabularies}
        shown = [[n, str(len(loaded.vocabularies[n])), spec.name[lang] if spec else ""] for n, spec in lists.items()]
        if as_json:
            print_json([{"list": n, "codes": int(count), "name": title} for n, count, title in shown])
        else:
            print_lines([[t("lists.list"), t("lists.count"), t("lists.name")], *shown])
        return
    vocabulary = code_list(loaded.vocabularies, name)
    found = find_codes(vocabulary, text)
    if as_json:
        print_json([dict(vocabulary.table.loc[code]) for code in found])
        return
    about = loaded.settings.lists.get(name)
    click.echo(t("lists.heading", name=about.name[lang] if about else name, count=len(vocabulary)))
    if about:
        click.echo(about.about[lang])
    if text and not found:
        click.echo(t("lists.none", text=visible(text)))
        return
    if text:
        click.echo(t("lists.found", text=visible(text), count=len(found)))
    more = vocabulary.properties
    table = vocabulary.table
    rows = [
        [code, vocabulary.validity(code)[lang], *(str(table.at[code, c]) for c in more), vocabulary.label(code, lang)]
        for code in found
    ]
    print_lines([[t("lists.code"), t("lists.validity"), *more, t("lists.name")], *rows])


@method.command("site")
@click.option("--out", type=PATH, default=Path("site"), show_default=True, help="Folder to write to.")
@click.option("--earlier", help="Version or folder that the page of changes compares with; the one before by default.")
@shared()
def method_site(out: Path, earlier: str | None, lang: str, as_json: bool, method: str | None) -> None:
    """Write the review pack: a site and a PDF in Dutch and English, made from the method."""
    from circularity.method.load import installed_versions, load_method
    from circularity.report.reference import reference_page
    from circularity.report.site import build

    loaded = load_method(method)
    before = [v for v in installed_versions() if v != loaded.version]
    previous = load_method(earlier) if earlier else load_method(before[-1]) if before else None
    made = build(loaded, out, previous, more=[reference_page])
    if as_json:
        print_json([str(path) for path in made])
    else:
        click.echo("\n".join(map(str, made)))


@method.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--all", "show_all", is_flag=True, help="Also changed texts, examples and references.")
@shared(without=("method",))
def method_diff(old: str, new: str, show_all: bool, lang: str, as_json: bool) -> None:
    """Say in words what changed between two versions, OLD and NEW: versions that came with the package, or folders."""
    from circularity.method.diff import diff, summary
    from circularity.method.load import load_method
    from circularity.texts import Texts

    before, after = load_method(old), load_method(new)
    changes = diff(before, after)
    if as_json:
        print_json([c.as_dict() for c in changes])
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
@click.argument("path", type=PATH)
@click.argument("old")
@click.argument("new")
@click.option("--since", type=int, help="Earlier period; the first by default.")
@click.option("--period", type=int, help="Later period; the last by default.")
@shared(without=("method",))
def method_effect(
    path: Path, old: str, new: str, since: int | None, period: int | None, lang: str, as_json: bool
) -> None:
    """Split the change of the fieldlab in PATH into what the data did and what the step from OLD to NEW did."""
    from circularity.assessment.compare import split_change
    from circularity.ledger.fieldlab import load_fieldlab
    from circularity.method.load import load_method
    from circularity.tables.write import records
    from circularity.texts import Texts

    before, after = load_method(old), load_method(new)
    lab = load_fieldlab(path, after)
    earlier, later = lab.period(lab.periods[0] if since is None else since), lab.period(period)
    table = split_change(lab, before, after, earlier, later, lang)
    if as_json:
        print_json(records(table))
        return
    t = Texts(lang)
    click.echo(t("effect.heading", earlier=earlier, later=later, old=before.version, new=after.version))
    lines = [[*(t(f"effect.{c}") for c in ("indicator", "data_part", "method_part", "total")), ""]]
    for row in table.to_dict("records"):
        display = after.indicator(row["indicator"]).spec.display
        parts = [t.change(row[c], row["unit"], display) for c in ("data_part", "method_part", "total")]
        who = "" if row["level"] == "fieldlab" else f" ({row['entity']})"
        lines.append([row["indicator"] + who, *parts, row["reason"]])
    print_lines(lines)
