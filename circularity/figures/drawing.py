"""A figure with its alternative text and caption."""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from circularity.errors import CallError, ReportError, check_argument
from circularity.tables.write import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito (2008): distinguishable with any colour vision, and in grey.
BLUE, SKY, GREEN, ORANGE, RED, YELLOW, PURPLE = (
    "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#F0E442", "#CC79A7",
)  # fmt: skip
INK, GREY, PALE = "#222222", "#8A8A8A", "#DADADA"

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "circularity",
}


class Drawing:
    """A figure that can be shown, saved and read aloud.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        What the figure shows, for whoever cannot see it.
    caption : str
        Line under the figure.

    Raises
    ------
    AlternativeTextMissing
        If `alt` is empty.
    """

    def __init__(self, figure: Figure, alt: str, caption: str) -> None:
        if not alt.strip():
            raise ReportError("AlternativeTextMissing")
        self.figure, self.alt, self.caption = figure, alt.strip(), caption.strip()

    def svg(self) -> str:
        """The figure as SVG, the same text for the same figure, with title and description inside."""
        import matplotlib as mpl

        stream = io.StringIO()
        with mpl.rc_context(cast(Any, STYLE)):
            self.figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
        text = stream.getvalue()
        body = text[text.index("<svg") :]
        head, rest = body.split(">", 1)
        width, height = (re.search(rf'\b{side}="([\d.]+)pt"', head) for side in ("width", "height"))
        assert width is not None and height is not None  # noqa: S101, PT018  (matplotlib always writes both)
        view = re.search(r'viewBox="[^"]*"', head)
        identity = f"{abs(hash_text(rest)):x}"
        # Every id is made unique: several figures stand on one page.
        rest = re.sub(r'(id="|href="#|url\(#)', rf"\1f{identity}-", rest)
        start = (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
            f'aria-labelledby="t{identity} d{identity}" {view.group(0) if view else ""} '
            f'style="width:100%;max-width:{float(width.group(1)) * 4 / 3:.0f}px;height:auto">'
            f'<title id="t{identity}">{escape(self.caption)}</title><desc id="d{identity}">{escape(self.alt)}</desc>'
        )
        return start + re.sub(r"<metadata>.*?</metadata>", "", rest, flags=re.DOTALL)

    def save(self, path: str | Path) -> None:
        """Write the figure as SVG, whole or not at all.

        Raises
        ------
        CallError
            If `path` is not a path, or does not end in ``.svg``.
        """
        check_argument("path", path, str, Path)
        if Path(path).suffix.lower() != ".svg":
            raise CallError("UnknownFileType", found=Path(path).suffix or Path(path).name, expected=".svg")
        write_whole(Path(path), lambda p: p.write_text(self.svg(), encoding="utf-8"))

    def _repr_html_(self) -> str:
        return f"<figure>{self.svg()}<figcaption>{escape(self.caption)}</figcaption></figure>"


def hash_text(text: str) -> int:
    """A number that is the same for the same text in every process."""
    import zlib

    return zlib.crc32(text.encode())


def new_figure(width: float, height: float, **subplots: Any) -> tuple[Figure, Any]:
    """A figure in the house style without pyplot, so that nothing stays in memory. [inch]"""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(cast(Any, STYLE)):
        figure = Figure(figsize=(width, height))
        return figure, figure.subplots(**subplots)
