"""What every verb of the command line shares: options, answers, exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circularity.errors import CallError, CircularityError, Faults
from circularity.texts import LANGUAGES, Texts

if TYPE_CHECKING:
    from circularity.ledger.parquet_dataset.sums import Aggregation
    from circularity.result import Result

MOST_FAULTS_SHOWN = 100

# A file or folder that is named on the command line.
PATH = click.Path(path_type=Path)
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

OPTIONS: dict[str, Decorator] = {
    "output": click.option("-o", "--output", type=PATH, help="File to write: .csv, .parquet, .xlsx or .json."),
    "draws": click.option(
        "--draws", type=click.IntRange(100, 100_000), default=1000, show_default=True, help="Monte Carlo draws."
    ),
    "seed": click.option(
        "--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, help="Seed of the draws."
    ),
    "lang": click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        default="en",
        show_default=True,
        envvar="CIRCULARITY_LANG",
        help="Language of the answer.",
    ),
    "json": click.option("--json", "as_json", is_flag=True, help="Answer as JSON, numbers in full precision."),
    "method": click.option(
        "--method", default=None, help="Folder of a method, or a version; the installed one by default."
    ),
    "memory": click.option(
        "--memory", default="600MB", show_default=True, help="Memory for the sums of a large ledger."
    ),
    "threads": click.option("--threads", type=click.IntRange(1), help="Threads for these sums; all by default."),
    "cluster": click.option("--cluster", help="Dask scheduler to take these sums on, such as tcp://127.0.0.1:8786."),
}
EVERYWHERE = ("lang", "json", "method")
LARGE_LEDGER = ("memory", "threads", "cluster")


def shared(*names: str, without: Sequence[str] = (), large_ledger: bool = False) -> Decorator:
    """The options of a verb that other verbs have too, with its errors as messages and exit codes.

    Parameters
    ----------
    *names : str
        Of ``output``, ``draws`` and ``seed``; every verb has ``lang``, ``json`` and ``method`` (the argument is
        called ``as_json``).
    without : sequence of str, optional
        What every verb has but this one.
    large_ledger : bool, optional
        Whether the verb may add up a large ledger; it then gets an argument `how`.
    """

    def decorate(verb: Callable[..., Any]) -> Callable[..., Any]:
        run = answering(_condensing(verb) if large_ledger else verb)
        wanted = [*names, *(n for n in EVERYWHERE if n not in without), *(LARGE_LEDGER if large_ledger else ())]
        for name in reversed(wanted):
            run = OPTIONS[name](run)
        return run

    return decorate


def _condensing(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give the verb how a large ledger is added up, out of its options."""

    @wraps(verb)
    def run(*args: Any, memory: str, threads: int | None, cluster: str | None, **more: Any) -> Any:
        from circularity.ledger.parquet_dataset.sums import Aggregation

        return verb(*args, how=Aggregation(memory, threads, cluster), **more)

    return run


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


def print_written(files: Sequence[Path], as_json: bool) -> None:
    """Print the files that were written."""
    if as_json:
        print_json([str(file) for file in files])
    else:
        click.echo("\n".join(map(str, files)))


def assessed(path: Path, method: str | None, draws: int, seed: int, lang: str, how: Aggregation) -> Result:
    """The result of the fieldlab in a folder or workbook."""
    from circularity.ledger.fieldlab import load_fieldlab
    from circularity.method.load import load_method
    from circularity.result import assess

    chosen = load_method(method)
    return assess(load_fieldlab(path, chosen, how), chosen, draws=draws, seed=seed, lang=lang)
