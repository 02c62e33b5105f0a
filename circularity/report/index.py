"""The page that lists all reports in a folder: those made now and those made before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from circularity import __version__
from circularity.ledger.description import SAFE_ID
from circularity.ledger.fieldlab import Fieldlab
from circularity.report.notebook import stylesheet
from circularity.report.page import environment
from circularity.tables.write import write_whole
from circularity.texts import LANGUAGES, Texts

ABOUT = "about.json"
TABLES = ("results.csv", "results.parquet", "scores.csv", "scores.parquet", "frameworks.csv", "frameworks.parquet")


def page_name(lab: Fieldlab, lang: str, period: int) -> str:
    """File name of a report without its ending: with the period when it is not the last."""
    return f"report-{lang}" if period == lab.periods[-1] else f"report-{lang}-{period}"


def write_about(lab: Fieldlab, folder: Path) -> None:
    """Write what the index says about a fieldlab next to its reports."""
    about = {
        "name": {lang: lab.description.name[lang] for lang in LANGUAGES},
        "kind": {lang: lab.method.settings.kinds[lab.description.kind].name[lang] for lang in LANGUAGES},
        "nature": lab.description.nature,
        "last": lab.periods[-1],
        "method": lab.method.version,
    }
    text = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    write_whole(folder / ABOUT, lambda p: p.write_text(text, encoding="utf-8"))


def write_index(out: Path, failed: Sequence[tuple[str, str]]) -> Path | None:
    """Write ``index.html`` for all reports in `out`.

    Parameters
    ----------
    out : Path
        Folder with a folder for each fieldlab.
    failed : sequence of (fieldlab, lang)
        Reports that were asked for now and could not be made.

    Returns
    -------
    Path or None
        The page; None when there is nothing to list, and then nothing is written.
    """
    rows = [_row(folder, failed) for folder in sorted(out.glob(f"*/{ABOUT}"))]
    listed = {row["id"] for row in rows}
    rows += [_without_pages(name, failed) for name in dict.fromkeys(n for n, _ in failed) if name not in listed]
    if not listed:
        return None
    scores = [
        {"href": f"scores/{path.name}", "lang": lang, "text": _scores(path, lang)}
        for lang in LANGUAGES
        for path in sorted(out.glob(f"scores/*-{lang}.html"))
        if (path.stem.removesuffix(f"-{lang}"), lang) not in failed
    ]
    template = environment(Texts("nl")).get_template("index.html")
    css = Markup(stylesheet())  # noqa: S704  (our own file)
    text = template.render(rows=rows, scores=scores, css=css, version=__version__)
    write_whole(out / "index.html", lambda p: p.write_text(text, encoding="utf-8"))
    return out / "index.html"


def _row(about: Path, failed: Sequence[tuple[str, str]]) -> dict[str, Any]:
    known = json.loads(about.read_text(encoding="utf-8"))
    folder = about.parent
    pages = []
    for lang in LANGUAGES:
        if (folder.name, lang) in failed:
            pages.append(_failure(lang))
            continue
        for path in sorted(folder.glob(f"report-{lang}*.html")):
            period = path.stem.rpartition("-")[2]
            text = Texts(lang)("index.language") + ("" if period == lang else f" {period}")
            pages.append({"lang": lang, "href": f"{folder.name}/{path.name}", "text": text})
    files = [{"href": f"{folder.name}/{f}", "text": f} for f in TABLES if (folder / f).is_file()]
    return {
        "id": folder.name,
        "name": known["name"],
        "kind": known.get("kind", dict.fromkeys(LANGUAGES, "")),  # a page of an earlier version does not say it
        "nature": {lang: Texts(lang)("nature." + known["nature"]) for lang in LANGUAGES},
        "last": known["last"],
        "method": known["method"],
        "pages": pages,
        "files": files,
    }


def _scores(page: Path, lang: str) -> Markup:
    """What a page about scores is about: its title."""
    head = page.read_text(encoding="utf-8").partition("</title>")[0]
    title = head.partition("<title>")[2]
    return Markup(Texts(lang)("index.scores", title=title))  # noqa: S704  (escaped when the page was made)


def _without_pages(name: str, failed: Sequence[tuple[str, str]]) -> dict[str, Any]:
    # The folder of a fieldlab that could not be read has any name at all.
    shown = name if SAFE_ID.fullmatch(name) else repr(name)
    both = dict.fromkeys(LANGUAGES, "")
    pages = [_failure(lang) for n, lang in failed if n == name]
    names = dict.fromkeys(LANGUAGES, shown)
    return {
        "id": name,
        "name": names,
        "kind": both,
        "nature": both,
        "last": "",
        "method": "",
        "pages": pages,
        "files": [],
    }


def _failure(lang: str) -> dict[str, str]:
    t = Texts(lang)
    return {"lang": lang, "href": "", "text": f"{t('index.language')}: {t('index.failed')}"}
