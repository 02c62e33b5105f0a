"""Running the report notebooks of fieldlabs, and writing their pages and tables."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from circularity.errors import CircularityError, FileError, MethodError, ReportError, Where
from circularity.ledger.description import SAFE_ID
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.load import Method, load_method
from circularity.report.index import page_name, write_about, write_index
from circularity.report.notebook import cleaned, notebooks_root, page
from circularity.result import assess
from circularity.tables.write import check_target, write_table, write_whole
from circularity.texts import Texts, word

CELL_TIMEOUT = 600  # seconds
EXAMPLE = "data/pv-module-factory"
# Notebook of every kind of fieldlab without one of its own.
DEFAULT = "fieldlab.ipynb"
# Folder and pages of the report about the scores of all fieldlabs, and its notebook.
SCORES, SCORING = "scores", "scoring"


@dataclass
class Outcome:
    """What became of one report."""

    fieldlab: str
    lang: str
    page: Path | None = None
    error: CircularityError | None = None

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain data."""
        return {
            "fieldlab": self.fieldlab,
            "lang": self.lang,
            "page": None if self.page is None else str(self.page),
            "error": None if self.error is None else self.error.as_dict(self.lang),
        }


@dataclass
class Job:
    """One notebook to run in a language: about a fieldlab, or about the scores of all."""

    about: str
    fieldlab: Fieldlab | None
    notebook: Path
    lang: str
    parameters: dict[str, Any]
    folder: Path
    place: int
    outcome: Outcome = field(init=False)

    def __post_init__(self) -> None:
        self.outcome = Outcome(self.about, self.lang)

    def name(self, lang: str) -> str:
        """File name of this report in a language, without its ending."""
        if self.fieldlab is None:
            return f"{self.about}-{lang}"
        return page_name(self.fieldlab, lang, self.parameters["period"])


def run_reports(
    *,
    fieldlabs: list[str],
    data: Path,
    out: Path,
    langs: list[str],
    period: int | None,
    draws: int,
    seed: int,
    method: str | None,
    jobs: int | None,
) -> list[Outcome]:
    """Write the reports of fieldlabs.

    Parameters
    ----------
    fieldlabs : list of str
        Ids of folders in `data`, or paths; all fieldlabs in `data` when empty.
    data, out : Path
        Folder of the fieldlabs; folder to write to.
    langs : list of str
        Languages.
    period : int or None
        Period the reports are about; the last of each fieldlab by default.
    draws, seed : int
        Draws and seed of the uncertainty.
    method : str or None
        Folder or version of the method; the installed one by default.
    jobs : int or None
        Notebooks at a time; the number of cores by default.

    Returns
    -------
    list of Outcome
        One per fieldlab and language, in that order; a failed one has an error.

    Raises
    ------
    FileError
        If a named fieldlab does not exist or is not a folder, or there is none at all.
    """
    chosen = load_method(method)
    folders = _folders(fieldlabs, data)
    outcomes: list[Outcome] = []
    todo: list[Job] = []
    seen: set[str] = set()
    for folder in folders:
        try:
            lab = load_fieldlab(folder, chosen)
            if lab.id in seen:  # its report would overwrite the other's
                raise MethodError(
                    "DuplicateId", where=Where(file=f"{folder.name}/fieldlab.yaml", key="id"), found=lab.id
                )
            seen.add(lab.id)
            check_target(out / lab.id / "results.csv")  # among data it would make a fieldlab with faults
            notebook = _notebook(lab.description.kind)
            about = lab.period(period)
        except CircularityError as error:
            outcomes += [Outcome(folder.name, lang, error=error) for lang in langs]
            continue
        for lang in langs:
            parameters = {
                "fieldlab": str(folder.resolve()),
                "period": about,
                "lang": lang,
                "draws": draws,
                "seed": seed,
                "method": str(Path(method).resolve()) if method and Path(method).is_dir() else method or "",
            }
            job = Job(lab.id, lab, notebook, lang, parameters, out / lab.id, place=len(todo))
            todo.append(job)
            outcomes.append(job.outcome)
    if todo and not fieldlabs and chosen.scoring is not None and SCORES not in seen:
        for job in _score_jobs(todo, langs, out, chosen):
            todo.append(job)
            outcomes.append(job.outcome)
    if todo:
        _run_all(todo, langs, chosen, draws, seed, jobs)
    write_index(out, [(o.fieldlab, o.lang) for o in outcomes if o.error is not None])
    return outcomes


def _run_all(todo: list[Job], langs: list[str], method: Method, draws: int, seed: int, jobs: int | None) -> None:
    with _quiet():
        pool = ThreadPoolExecutor(jobs or os.cpu_count())
        try:
            # The kernels have processes of their own, so the tables are made here while they run.
            pages = [pool.submit(_run, job, langs) for job in todo]
            for job in todo[:: len(langs)]:
                if job.fieldlab is not None:
                    _write_tables(job.fieldlab, method, draws, seed, job.folder)
            for done in pages:
                done.result()
        finally:
            # Whoever stops the program does not wait for reports that have not begun.
            pool.shutdown(cancel_futures=True)


def _score_jobs(todo: list[Job], langs: list[str], out: Path, method: Method) -> list[Job]:
    """The reports about scores, in every language: one for all fieldlabs whose score is made of the same."""
    about: dict[str, list[str]] = {}
    for job in todo[:: len(langs)]:
        if job.fieldlab is not None:
            tree = Path(method.settings.kinds[job.fieldlab.description.kind].scores).stem
            about.setdefault(tree, []).append(job.parameters["fieldlab"])
    shared = {k: v for k, v in todo[0].parameters.items() if k in ("draws", "seed", "method")}
    notebook = notebooks_root() / f"{SCORING}.ipynb"
    jobs: list[Job] = []
    for tree, folders in about.items():
        for lang in langs:
            parameters = {"fieldlabs": folders, "responses": "", "lang": lang, **shared}
            jobs.append(Job(tree, None, notebook, lang, parameters, out / SCORES, place=len(todo) + len(jobs)))
    return jobs


def _folders(fieldlabs: list[str], data: Path) -> list[Path]:
    if not fieldlabs:
        found = sorted(p.parent for p in data.glob("*/fieldlab.yaml")) if data.is_dir() else []
        if not found:
            raise FileError("FieldlabNotFound", found=data, expected=EXAMPLE)
        return found
    folders = []
    for name in fieldlabs:
        folder = data / name if SAFE_ID.fullmatch(name) else Path(name)
        if not folder.is_dir():
            raise _not_found(name, folder, data)
        if not (folder / "fieldlab.yaml").is_file():
            raise FileError("EmptyFieldlab", found=folder.name)
        folders.append(folder)
    return folders


def _not_found(name: str, folder: Path, data: Path) -> FileError:
    known = sorted(p.parent.name for p in data.glob("*/fieldlab.yaml"))
    if folder.exists():
        return FileError("NotAFolder", found=name, expected=word("folder_of_fieldlab", "expected"))
    if SAFE_ID.fullmatch(name):
        return FileError("NotInData", found=name, data=data, expected=known or word("none", "expected"))
    return FileError("FolderNotFound", found=name, expected=word("folder_of_fieldlab", "expected"))


def _notebook(kind: str) -> Path:
    """The notebook of a kind of fieldlab where it has one of its own, else the one that serves all."""
    own = notebooks_root() / f"{kind}.ipynb"
    # The kind comes from the method, and a method may be anybody's.
    return own if SAFE_ID.fullmatch(kind) and kind != SCORING and own.is_file() else notebooks_root() / DEFAULT


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries that run kernels from talking into the progress bars."""
    loggers = [logging.getLogger(name) for name in ("papermill", "traitlets", "nbclient")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(papermill|nbclient|jupyter_client|zmq|traitlets)")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _run(job: Job, langs: list[str]) -> None:
    """Run one notebook and write its page; a failure is kept in the outcome."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    job.folder.mkdir(parents=True, exist_ok=True)
    name = job.name(job.lang)
    target = job.folder / f"{name}.ipynb"
    partial = job.folder / f"{name}.partial.ipynb"
    try:
        executed = papermill.execute_notebook(
            str(job.notebook),
            str(partial),
            parameters=job.parameters,
            kernel_name="python3",
            progress_bar={
                "desc": f"{job.about} {job.lang}",
                "position": job.place,
                "leave": True,
                "file": sys.stderr,
            },
            execution_timeout=CELL_TIMEOUT,
            shutdown_kernel="immediate",
            config=Config(KernelManager={"transport_encryption": "auto"}),
        )
    except PapermillExecutionError as problem:
        cell = f"{problem.cell_index + 1} (In [{problem.exec_count}])"
        job.outcome.error = _failed(job, cell, f"{problem.ename}: {problem.evalue}", partial)
        return
    except Exception as problem:  # a kernel that dies or hangs raises many kinds; each report is independent
        job.outcome.error = _failed(job, "?", f"{type(problem).__name__}: {problem}", partial)
        return
    notebook = cleaned(executed)
    _hide_paths(notebook, job)
    content = str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]
    write_whole(target, lambda p: p.write_text(content, encoding="utf-8"))
    partial.unlink(missing_ok=True)
    path = job.folder / f"{name}.html"
    text = page(notebook, job.lang, _links(job, langs))
    write_whole(path, lambda p: p.write_text(text, encoding="utf-8"))
    job.outcome.page = path


def _failed(job: Job, cell: str, found: str, partial: Path) -> ReportError:
    return ReportError(
        "NotebookFailed",
        fieldlab=job.about,
        lang=job.lang,
        notebook=job.notebook.name,
        cell=cell,
        found=found.splitlines()[0],
        kept=partial,
    )


def _hide_paths(notebook: Any, job: Job) -> None:
    """Put names where the injected parameters hold paths of this machine."""
    shown: dict[str, Any] = {"method": Path(job.parameters["method"]).name}
    if job.fieldlab is not None:
        shown["fieldlab"] = job.fieldlab.id
    else:
        shown["fieldlabs"] = [Path(folder).name for folder in job.parameters["fieldlabs"]]
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            lines = [(line.partition(" = ")[0], line) for line in cell.source.splitlines()]
            cell.source = "\n".join(f"{n} = {json.dumps(shown[n])}" if n in shown else line for n, line in lines)


def _links(job: Job, langs: list[str]) -> list[dict[str, str]]:
    others = [
        {"href": f"{job.name(o)}.html", "text": Texts(o)("index.language"), "lang": o} for o in langs if o != job.lang
    ]
    endings = () if job.fieldlab is None else ("csv", "parquet")
    tables = [{"href": f"results.{e}", "text": e.upper(), "lang": ""} for e in endings]
    home = Texts(job.lang)("index.all")
    return [{"href": "../index.html", "text": home, "lang": job.lang}, *others, *tables]


def _write_tables(lab: Fieldlab, method: Method, draws: int, seed: int, folder: Path) -> None:
    result = assess(lab, method, draws=draws, seed=seed)
    for ending in ("csv", "parquet"):
        write_table(result.indicators, folder / f"results.{ending}")
        write_table(result.scores, folder / f"scores.{ending}")
        write_table(result.frameworks(), folder / f"frameworks.{ending}")
    write_about(lab, folder)
