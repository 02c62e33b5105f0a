"""Code lists are trees, and unknown is the top of them all."""

import pytest

from circularity.method.load import Method


@pytest.mark.parametrize(
    ("code", "wanted", "answer"),
    [
        ("recycled", ("recycled",), "yes"),
        ("recycled", ("secondary",), "yes"),
        ("recycled", ("reused",), "no"),
        ("secondary", ("secondary",), "yes"),
        ("secondary", ("recycled",), "maybe"),
        ("secondary", ("primary",), "no"),
        ("secondary", ("reused", "recycled"), "yes"),
        ("unknown", ("recycled",), "maybe"),
        ("unknown", ("primary", "secondary"), "maybe"),
        ("unknown", ("unknown",), "yes"),
        ("primary", ("sustainable", "secondary"), "maybe"),
        ("nonrenewable", ("sustainable", "secondary"), "no"),
    ],
)
def test_a_code_falls_under_a_sum_as_far_as_it_is_known(
    code: str, wanted: tuple[str, ...], answer: str, method: Method
) -> None:
    assert method.vocabularies["origins"].match(code, wanted) == answer


def test_a_code_not_known_precisely_may_turn_out_to_be_any_leaf_below_it(method: Method) -> None:
    origins = method.vocabularies["origins"]
    assert origins.leaves("secondary") == ["reused", "recycled"]
    assert set(origins.leaves("unknown")) == {"nonrenewable", "sustainable", "unsustainable", "reused", "recycled"}
    assert origins.leaves("recycled") == ["recycled"]


def test_a_misspelt_code_is_recognised_in_either_language(method: Method) -> None:
    origins = method.vocabularies["origins"]
    assert origins.names.nearest("recyled")[0] == "recycled"
    assert "secondary" in origins.names.nearest("secundair")


def test_the_units_are_those_of_pint(method: Method) -> None:
    """A peer: Pint 0.24 or newer converts every listed unit of mass and energy alike."""
    import pint

    registry = pint.UnitRegistry()
    base = {"mass": "kg", "energy": "MJ"}
    spelt_out = {"kt": "kilotonne", "Mt": "megatonne"}  # to Pint kt is a knot, which is why the list stands alone
    for code, row in method.vocabularies["units"].table.iterrows():
        if row["dimension"] in base:
            found = registry.Quantity(1, spelt_out.get(code, code)).to(base[row["dimension"]]).magnitude
            assert found == pytest.approx(float(row["factor"]))


def test_the_eight_municipalities_carry_their_codes(method: Method) -> None:
    table = method.vocabularies["municipalities"].table
    names = dict(zip(table["code"], table["nl"], strict=True))
    assert {names[c] for c in names if c.startswith("GM")} == {
        "Apeldoorn", "Brummen", "Deventer", "Epe", "Heerde", "Lochem", "Voorst", "Zutphen",
    }  # fmt: skip
    assert table.at["GM0150", "province"] == "Overijssel"
