"""The page of the site about use in Python: every public name, out of its docstring."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType

import circularity
from circularity.report.site.pages import Page
from circularity.texts import Texts

NAME = "reference"


def public_names(module: ModuleType) -> list[str]:
    """What a package offers: the functions and classes of this library that its first page names."""
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__.startswith("circularity.")
    )


def reference_page(lang: str) -> Page:
    """The page with every public name: what it does, what it takes, gives back and raises, from its docstring.

    Parameters
    ----------
    lang : {"nl", "en"}
        Language of the title and the line under it; docstrings are in English.

    Returns
    -------
    Page
        Markdown that `sphinx.ext.autodoc` fills.
    """
    t = Texts(lang)
    lines = [f"# {t('reference.title')}", "", t("reference.about"), ""]
    for module in (circularity, *(import_module(f"circularity.{name}") for name in circularity.PACKAGES)):
        about = (inspect.getdoc(module) or "").partition("\n")[0]
        lines += [
            f"## `{module.__name__}`",
            "",
            about,
            "",
            "```{eval-rst}",
            f".. currentmodule:: {module.__name__}",
            "",
        ]
        for name in public_names(module):
            value = getattr(module, name)
            if inspect.isclass(value):
                shown = [] if issubclass(value, Exception) else ["   :members:"]
                lines += [f".. autoclass:: {name}", *shown, ""]
            else:
                lines += [f".. autofunction:: {name}", ""]
        lines += ["```", ""]
    return Page(NAME, t("reference.title"), "\n".join(lines), t("reference.title"))
