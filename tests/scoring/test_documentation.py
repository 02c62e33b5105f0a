"""What the documentation of scoring names is there."""

import importlib
import re
from pathlib import Path

import circularity.scoring


def test_every_name_of_the_package_in_the_documentation_exists(root: Path) -> None:
    text = (root / "docs" / "scoring.md").read_text(encoding="utf-8")
    modules = set(re.findall(r"`(circularity\.[a-z_.]+)`", text))
    assert len(modules) > 5
    for module in modules:
        importlib.import_module(module)
    for line in re.findall(r"^from circularity\.scoring import (.+)$", text, flags=re.MULTILINE):
        assert all(hasattr(circularity.scoring, name) for name in line.split(", "))
