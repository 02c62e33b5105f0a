"""Findings of reviewing institutions."""

from pathlib import Path

import pytest

from circularity.errors import CircularityError
from circularity.method.load import Method, load_method
from circularity.method.reviews import read_reviews

FINDING = """institution: A university
date: 2026-12-01
about: {about}
version: 0.1.0
severity: {severity}
finding: The constant is not explained.
"""


def leave(folder: Path, text: str, name: str = "0001-university.yaml") -> Method:
    (folder / "reviews" / name).write_text(text, encoding="utf-8")
    return load_method(folder)


def test_no_institution_has_reviewed_the_method_yet(method: Method) -> None:
    assert read_reviews(method) == []


def test_a_finding_is_read_and_is_open_until_it_is_settled(method_copy: Path) -> None:
    text = FINDING.format(about="mci", severity="unclear")
    (finding,) = read_reviews(leave(method_copy, text))
    assert (finding.number, finding.about, finding.severity, finding.open) == ("0001", "mci", "unclear", True)
    (finding,) = read_reviews(leave(method_copy, text + "answer: It is now.\nsettled_in: 0.2.0\n"))
    assert not finding.open


def test_a_finding_may_be_about_a_file_of_the_method(method_copy: Path) -> None:
    (finding,) = read_reviews(leave(method_copy, FINDING.format(about="definition.md", severity="wish")))
    assert finding.about == "definition.md"


@pytest.mark.parametrize(
    ("text", "name", "fault"),
    [
        (FINDING.format(about="mcx", severity="wish"), "0001-university.yaml", "UndefinedName"),
        (FINDING.format(about="../README.md", severity="wish"), "0001-university.yaml", "UndefinedName"),
        (FINDING.format(about="mci", severity="awful"), "0001-university.yaml", "WrongValue"),
        (FINDING.format(about="mci", severity="wish") + "settled_in: 0.2.0\n", "0001-university.yaml", "WrongValue"),
        (FINDING.format(about="mci", severity="wish"), "university.yaml", "WrongValue"),
        ("institution: A university\n", "0001-university.yaml", "MissingKey"),
        (FINDING.format(about="mci", severity="wish").replace("12-01", "13-45"), "0001-university.yaml", "WrongValue"),
        (FINDING.format(about="mci", severity="wish").replace("0.1.0", "9.9.9"), "0001-university.yaml", "WrongValue"),
    ],
)
def test_what_is_wrong_with_a_finding_is_named(text: str, name: str, fault: str, method_copy: Path) -> None:
    faults: list[CircularityError] = []
    read_reviews(leave(method_copy, text, name), faults)
    assert any(f.code == fault and f.where.file == f"reviews/{name}" for f in faults)
