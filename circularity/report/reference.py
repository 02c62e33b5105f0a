"""The page of the site about use in Python: every public name, from its docstring."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType

import circularity


def public_names(module: ModuleType) -> list[str]:
    """What a package offers: the functions and classes that its first page imports from within."""
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__.startswith("circularity.")
    )


def blocks() -> list[dict[str, object]]:
    """The packages with their public names: ``package``, ``about``, ``functions`` and ``classes``."""
    modules = [circularity, *(import_module(f"circularity.{name}") for name in circularity.PACKAGES)]
    found: list[dict[str, object]] = []
    for module in modules:
        names = public_names(module)
        classes = [n for n in names if inspect.isclass(getattr(module, n))]
        found.append(
            {
                "package": module.__name__,
                "about": (inspect.getdoc(module) or "").partition("\n")[0],
                "functions": [n for n in names if n not in classes],
                "classes": [c for c in classes if not issubclass(getattr(module, c), Exception)],
                "errors": [c for c in classes if issubclass(getattr(module, c), Exception)],
            }
        )
    return found
