"""Every file that the pages for readers name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", "methodology/README.md"]
ENDINGS = "py|md|yaml|csv|bib|toml|lock|ipynb"
# Files of a fieldlab, files that a command writes, and a name with a part to fill in.
NOT_HERE = re.compile(
    r"^(fieldlab\.yaml|(organisations|flows|products|measurements|activities|support|rejects|reconciled)\.csv|flows/|site/)$|VERSION"
)


def named(page: str) -> list[str]:
    """The paths in code or links of a page, as far as they name one file or folder."""
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = re.findall(rf"`([\w./-]+\.(?:{ENDINGS})|[\w./-]+/)`", text) + re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    return [name for name in dict.fromkeys(found) if not NOT_HERE.search(name)]


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_is_there(page: str) -> None:
    names = named(page)
    assert len(names) > 5
    # A page names files from its own folder, from the root, from the package, or from the method.
    places = [(ROOT / page).parent, ROOT, ROOT / "circularity", ROOT / "circularity" / "method", ROOT / "methodology"]
    assert [name for name in names if not any((place / name).exists() for place in places)] == []
