"""Building the site and the PDF from the pages: Sphinx for the site, Pandoc and Typst for the PDF."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from circularity.errors import CallError, ReportError
from circularity.method.load import Method
from circularity.report.site.pages import TEMPLATES, Page, Pages
from circularity.tables.write import check_new, write_whole
from circularity.texts import LANGUAGES

STYLE = "pack.css"
LIBRARIES = ("sphinx", "myst_parser", "pypandoc", "typst")


def build(
    method: Method,
    out: Path,
    earlier: Method | None = None,
    langs: Sequence[str] = LANGUAGES,
    more: Sequence[Callable[[str], Page]] = (),
) -> list[Path]:
    """Write the review pack of a method.

    Parameters
    ----------
    method : Method
    out : Path
        Folder to write to: a site in ``nl/`` and ``en/``, and ``method-nl.pdf`` and ``method-en.pdf``.
    earlier : Method, optional
        The version before, for the page of changes.
    langs : sequence of {"nl", "en"}, optional
    more : sequence of callable, optional
        What gives the pages, by language, that only the site has besides those of the method.

    Returns
    -------
    list of Path
        The first page of each site, and each PDF.

    Raises
    ------
    MissingLibrary
        If the libraries of the extra ``pack`` are not installed.
    CannotWrite
        If ``nl/`` or ``en/`` in `out` holds something other than such a site, which would be lost.
    PackFailed
        If Sphinx has a warning: a link that leads nowhere, or a page that nothing points to.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise CallError("MissingLibrary", found=missing, expected="pip install 'circularity[pack]'")
    for lang in langs:
        _check_folder(out / lang)
    made = []
    for lang in langs:
        pages = [*Pages(method, lang, earlier).all(), *(page(lang) for page in more)]
        made.append(_site(pages, method, lang, out / lang))
        made.append(_paper(Pages(method, lang, earlier, linked=False).all(), method, lang, out / f"method-{lang}.pdf"))
    return made


def _check_folder(folder: Path) -> None:
    """Raise `CannotWrite` unless a site may take the place of `folder`: it is not there, empty, or an earlier site."""
    if folder.is_dir() and ((folder / "_static" / STYLE).is_file() or not any(folder.iterdir())):
        return
    check_new(folder)


def _site(pages: list[Page], method: Method, lang: str, out: Path) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "pages"
        for page in pages:
            path = source / f"{page.name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page.text + _contents(page, pages), encoding="utf-8")
        settings = {
            "project": method.settings.name[lang],
            "version": method.version,
            "release": method.version,
            "language": lang,
            "extensions": [
                "myst_parser",
                "sphinx.ext.autodoc",
                "sphinx.ext.napoleon",
                "circularity.report.site.mathml",
            ],
            "add_module_names": False,
            "autodoc_member_order": "bysource",
            "autodoc_typehints": "none",  # docstrings say them in words
            "napoleon_google_docstring": False,
            "napoleon_use_ivar": True,
            "myst_enable_extensions": ["dollarmath"],
            "html_math_renderer": "mathml",
            "html_theme": "alabaster",  # comes with Sphinx, and speaks Dutch
            "html_theme_options": {"page_width": "1180px", "sidebar_width": "270px", "show_powered_by": False},
            "html_title": f"{method.settings.name[lang]} {method.version}",
            "html_copy_source": False,
            "html_show_sphinx": False,
            "html_show_copyright": False,
            "highlight_language": "none",
            "html_static_path": [str(TEMPLATES / "static")],
            "html_css_files": [STYLE],
        }
        lines = [f"{name} = {value!r}" for name, value in settings.items()]
        (source / "conf.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
        # A process of its own: Sphinx keeps what it registers, and warns when a second site registers it again.
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "--no-color", "-b", "html"]
        done = subprocess.run(  # noqa: S603  (our own command)
            [*command, str(source), str(Path(folder) / "html")], capture_output=True, text=True, check=False
        )
        if done.returncode or done.stderr.strip():
            raise ReportError("PackFailed", found=(done.stderr or done.stdout).replace(str(source), "").strip()[:2000])
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(Path(folder) / "html", out, ignore=shutil.ignore_patterns(".buildinfo", ".doctrees"))
    return out / "index.html"


def _contents(page: Page, pages: list[Page]) -> str:
    """The tables of contents that a page brings into the margin of the site: the pages below it."""
    sections: dict[str, list[str]] = {}
    for other in pages[1:]:
        if other.above == page.name:
            sections.setdefault(other.section, []).append(f"/{other.name}")
    blocks = []
    for caption, names in sections.items():
        listed = "\n".join(names)
        heading = f":caption: {caption}\n" if caption else ""
        blocks.append(f"```{{toctree}}\n:hidden:\n{heading}\n{listed}\n```\n")
    return "\n" + "\n".join(blocks)


def _paper(pages: list[Page], method: Method, lang: str, target: Path) -> Path:
    import pypandoc
    import typst

    text = "\n\n".join(page.text for page in pages[1:])
    title = method.settings.name[lang]
    subtitle = f"{method.version}, {method.settings.date}"
    body = pypandoc.convert_text(text, "typst", format="markdown-implicit_figures", extra_args=["--wrap=preserve"])
    head = _TYPST.format(title=_quoted(title), subtitle=_quoted(subtitle), lang=lang)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "method.typ"
        source.write_text(head + body, encoding="utf-8")
        pdf = typst.compile(str(source))
    write_whole(target, lambda p: p.write_bytes(pdf))
    return target


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_TYPST = """
#let horizontalrule = line(length: 100%)
#set document(title: {title}, date: none)
#set page(paper: "a4", margin: 2.2cm, numbering: "1")
#set text(lang: "{lang}", size: 9.5pt)
#set par(justify: false)
#set table(stroke: 0.4pt + luma(180), inset: 4pt)
#show table: set text(size: 8pt)
#show figure: set block(breakable: true)
#show heading.where(level: 1): it => pagebreak(weak: true) + it
#align(center)[#v(4cm) #text(size: 22pt, weight: "bold")[#{title}] #v(0.5cm) #text(size: 12pt)[#{subtitle}]]
#pagebreak()
#outline(depth: 1)
#pagebreak()
"""
