"""The verb that writes a synthetic fieldlab with a large ledger."""

from __future__ import annotations

from pathlib import Path

import click

from circularity.cli.common import PATH, print_json, shared


@click.command()
@click.argument("out", type=PATH)
@click.option("--rows", type=click.IntRange(1), required=True, help="Number of flows.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, help="Same seed, same files.")
@click.option("--organisations", type=click.IntRange(2), default=100, show_default=True, help="How many.")
@click.option("--periods", type=click.IntRange(1), default=5, show_default=True, help="Number of years, from 2016.")
@click.option("--unknown", type=click.FloatRange(0, 1), default=0.0, help="Part of the masses; 0 by default.")
@shared()
def synthesize(
    out: Path,
    rows: int,
    seed: int,
    organisations: int,
    periods: int,
    unknown: float,
    lang: str,
    as_json: bool,
    method: str | None,
) -> None:
    """Write a synthetic fieldlab with a large ledger to the folder OUT: no measurement, for tests of speed and size.

    Its true totals stand in OUT/truth/totals.csv.
    """
    from tqdm import tqdm

    from circularity.ledger.parquet_dataset.synthetic import NATURE, TRUTH
    from circularity.ledger.parquet_dataset.synthetic import synthesize as run
    from circularity.method.load import load_method
    from circularity.texts import Texts

    with tqdm(total=rows, disable=None, leave=False, unit_scale=True) as bar:
        run(
            out,
            load_method(method),
            rows,
            seed=seed,
            organisations=organisations,
            periods=periods,
            unknown=unknown,
            progress=bar.update,
        )
    if as_json:
        print_json({"path": str(out), "rows": rows, "seed": seed, "nature": NATURE, "truth": str(out / TRUTH)})
    else:
        t = Texts(lang)
        click.echo(t("synthetic.done", path=out, rows=t.tick(rows), truth=out / TRUTH))
