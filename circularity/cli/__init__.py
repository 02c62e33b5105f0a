"""The command line: one verb per question."""

from __future__ import annotations

import io
import sys
from typing import cast

import click

from circularity.cli.assess import assess
from circularity.cli.check import check
from circularity.cli.compute import compute
from circularity.cli.consensus import consensus
from circularity.cli.convert import convert
from circularity.cli.explain import explain
from circularity.cli.import_ import import_
from circularity.cli.method import method
from circularity.cli.reconcile import reconcile
from circularity.cli.report import report
from circularity.cli.score import score
from circularity.cli.synthesize import synthesize
from circularity.cli.template import template


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="circularity")
def main() -> None:
    """Measure and monitor a circular economy with a method that all parties can read.

    A fieldlab is a folder with fieldlab.yaml and tables (organisations, flows, products) as CSV, Parquet or a workbook,
    or one workbook by itself. The method is in methodology/; no number of it is hidden in the program.

    \b
    circularity template circular_factory factory.xlsx  an empty workbook to fill in (--lang nl: in Dutch)
    circularity import lma export.csv -o data/my-region reports of receipt (LMA) made into a fieldlab
    circularity check data/pv-module-factory            every fault in the data, with its cell
    circularity assess data/pv-module-factory           all indicators, with interval and coverage
    circularity explain data/pv-module-factory mci      formula, numbers put in, rows behind them
    circularity compute mci F_R=0.25 C_R=0.4            one formula on numbers of your own
    circularity report                                  all reports, in Dutch and English
    circularity reconcile flows.csv                     observed flows made to balance, and what is likely wrong
    circularity score values.csv structure.csv          scores and ranks of units, and verdicts on claims about them
    circularity template weights r1.xlsx --way ahp      a workbook that asks a stakeholder for weights
    circularity consensus answers/                      weights out of such workbooks, and how much people agree
    circularity method show mci                         what the method says
    circularity synthesize /tmp/large --rows 1000000    a synthetic fieldlab with a large ledger

    Exit code: 0 done, 1 the data or a check failed, 2 wrong call.
    """  # noqa: D301  (the backspaces keep these lines as they are)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a letter shows a question mark instead of breaking off.
        cast(io.TextIOWrapper, stream).reconfigure(errors="replace")


for verb in (
    template,
    import_,
    check,
    convert,
    assess,
    explain,
    compute,
    report,
    reconcile,
    score,
    consensus,
    method,
    synthesize,
):
    main.add_command(verb)
