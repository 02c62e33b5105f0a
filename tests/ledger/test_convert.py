"""One fieldlab in every form gives the same bytes."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circularity.assessment.assessment import assess
from circularity.ledger.convert import convert
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.load import Method
from tests.conftest import DESCRIPTION, flow, write_table
from tests.faults import raises

FORMS = {"csv": "folder", "parquet": "folder", "xlsx": "book.xlsx"}


def assessed(path: Path) -> bytes:
    return assess(load_fieldlab(path), draws=100).table().to_csv(index=False).encode()


@pytest.mark.parametrize("form", FORMS)
def test_the_reference_case_gives_the_same_bytes_in_every_form(
    form: str, pv: Fieldlab, method: Method, tmp_path: Path
) -> None:
    target = tmp_path / FORMS[form]
    written = convert(pv.path, target, form, method, "nl")
    assert all(path.is_file() for path in written)
    assert assessed(target) == assessed(pv.path)


# A text that a spreadsheet would run is a fault, and its own test.
LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
TEXT = st.text(LETTERS, max_size=20).map(lambda text: text.strip().lstrip("=@+-"))
ROW = st.fixed_dictionaries(
    {
        "mass": st.one_of(
            st.just("unknown"),
            st.integers(1, 10**9),
            st.floats(0.001, 1e9, allow_nan=False).map(lambda x: float(f"{x:.9g}")),
        ),
        "origin": st.sampled_from(["", "unknown", "recycled", "renewable", "nonrenewable"]),
        "source": TEXT,
    }
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=6))
def test_whatever_stands_in_the_cells_every_form_gives_the_same_bytes(
    rows: list[dict[str, Any]], method: Method, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("forms")
    folder = root / "lab"
    folder.mkdir()
    (folder / "fieldlab.yaml").write_text(DESCRIPTION.format(id="lab", periods=[2020]), encoding="utf-8")
    write_table(folder / "organisations.csv", [{"organisation": "factory", "name": "1=1 & 'x'"}])
    numbered = [{**row, "source": f"{row['source']} {i}"} for i, row in enumerate(rows)]  # no row twice
    write_table(folder / "flows.csv", [flow(**row) for row in numbered])
    (folder / "products.csv").write_text("product,name,mass,unit\nbottle,Fles,0.25,kg\n", encoding="utf-8")
    expected = assessed(folder)
    for form, name in FORMS.items():
        target = root / form / name
        convert(folder, target, form, method, "en")
        assert assessed(target) == expected, form


def test_nothing_is_written_over_what_is_there(pv: Fieldlab, method: Method, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    with raises("CannotWrite", match="there is something already"):
        convert(pv.path, tmp_path, "csv", method, "en")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
