"""What every verb of the command line shares: options, answers, exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from circularity.errors import CallError, CircularityError, Faults
from circularity.texts import LANGUAGES, Texts

if TYPE_CHECKING:
    pass

MOST_FAULTS_SHOWN = 100

lang_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
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
                print_json({**error.as_dict(lang), "status": "error"})
            else:
                click.echo(message(error, lang), err=True)
            sys.exit(2 if isinstance(error, CallError) else 1)

    return run


def message(error: CircularityError, lang: str) -> str:
    """What an error says on a terminal: not more faults than one can read."""
    lines = error.text(lang).splitlines()
    if not isinstance(error, Faults) or len(lines) <= MOST_FAULTS_SHOWN + 1:
        return "\n".join(lines)
    more = Texts(lang)("check.more", count=len(lines) - 1 - MOST_FAULTS_SHOWN)
    return "\n".join([*lines[: MOST_FAULTS_SHOWN + 1], f"  {more}"])


def print_json(data: Any) -> None:
    """Print data as JSON."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))


def print_lines(lines: list[list[str]]) -> None:
    """Cells in columns, the last as long as it is."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]) - 1)]
    for line in lines:
        cells = [c.ljust(w) for c, w in zip(line[:-1], widths, strict=True)]
        click.echo("  " + "  ".join([*cells, line[-1]]).rstrip())
