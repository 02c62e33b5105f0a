"""Verbs about data: are they right?"""

from __future__ import annotations

from pathlib import Path

import click

from circularity.cli.frame import answering, json_option, lang_option, method_option, print_json


@click.command()
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
        print_json(answer)
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
