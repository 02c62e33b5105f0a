"""Executed notebooks: made the same for the same run, and turned into pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from circularity.report.page import TEMPLATES, environment
from circularity.texts import Texts


def cleaned(notebook: Any) -> Any:
    """The notebook without what differs from run to run: timings, random cell ids, paths, execution counts kept.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed notebook; changed in place.
    """
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            # Sliders have no kernel to answer them, and a random name; the figure with them stays.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook


def page(notebook: Any, lang: str, links: list[dict[str, str]]) -> str:
    """The outputs of an executed notebook as one HTML page that needs nothing else.

    Only what a cell shows as HTML is taken: no code, no text printed by a program, no warning.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed notebook.
    lang : {"nl", "en"}
    links : list of dict
        ``href``, ``text`` and ``lang`` of links at the top.
    """
    sections = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if html:  # a section may have nothing to say
                sections.append(html)
    body = "\n".join(sections)
    title = body.split("<h1>", 1)[1].split("</h1>", 1)[0] if "<h1>" in body else ""
    template = environment(Texts(lang)).get_template("page.html")
    return template.render(
        title=Markup(title),  # noqa: S704  (already escaped where it was made)
        sections=[Markup(s) for s in sections],  # noqa: S704
        css=Markup(stylesheet()),  # noqa: S704
        links=links,
    )


def stylesheet() -> str:
    """The style of all pages."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8").strip()


def notebooks_root() -> Path:
    """Folder of the notebooks: inside the package in a wheel, next to it in a clone."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"
