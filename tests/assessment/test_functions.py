"""Indicators that are a function: the cycling index of the flows between organisations of a fieldlab."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import circularity as ce
from circularity.assessment.functions import GATHERED, links
from circularity.assessment.sampling_context import SamplingContext
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.functions import FUNCTIONS
from circularity.method.load import Method
from tests.conftest import DESCRIPTION, flow

CITY = DESCRIPTION.replace("kind: circular_factory", "kind: circular_city")
ORGANISATIONS = [{"organisation": name, "name": name.title()} for name in ("a", "b")]

MakeCity = Callable[..., Fieldlab]


def row(giver: str, receiver: str, role: str, mass: Any, **more: Any) -> Mapping[str, Any]:
    """A flow of glass in kg, which says where it comes from and goes to."""
    ends = {"from": giver, "to": receiver, "origin": "recycled", "destination": "reuse"}
    if role in ("input", "supply"):
        ends["destination"] = ""
    if role in ("product", "residue", "end_of_life"):
        ends["origin"] = ""
    return flow(role, mass, **{**ends, **more})


# a takes 1 from outside and gives 2 to b, which gives half back: of all throughflow half was there before.
LOOP = [
    row("market", "a", "input", 100),
    row("a", "b", "supply", 200),
    row("b", "a", "exchange", 100),
    row("b", "market", "product", 100),
]


@pytest.fixture
def make_city(make_lab: Callable[..., Fieldlab]) -> MakeCity:
    """A function that makes a Cirkelstad of two organisations out of flows."""

    def make(flows: Sequence[Mapping[str, Any]], **more: Any) -> Fieldlab:
        products = [{"product": "p", "period": 2020, "name": "P", "organisation": "a", "mass": 1, "unit": "kg"}]
        return make_lab(flows, products, ORGANISATIONS, description=CITY, **more)

    return make


def outcome(lab: Fieldlab, draws: int = 100) -> dict[str, Any]:
    """The row of the result table of the index."""
    table = ce.assess(lab, draws=draws).indicators
    return dict(table[table["indicator"] == "cycling_index"].iloc[0])


def test_every_function_takes_rows_that_an_assessment_gathers() -> None:
    assert {f.takes.name for f in FUNCTIONS.values()} == set(GATHERED)


def test_the_index_of_a_loop_of_two_organisations_is_a_half(make_city: MakeCity) -> None:
    found = outcome(make_city(LOOP))
    assert (found["status"], found["reason"], found["coverage"]) == ("ok", "", 1.0)
    assert found["value"] == pytest.approx(0.5)
    assert (found["low"], found["high"]) == pytest.approx((0.5, 0.5))  # every mass is exact


def test_uncertain_masses_give_an_interval_within_the_bounds(make_city: MakeCity) -> None:
    found = outcome(make_city([{**r, "uncertainty": 1.5} for r in LOOP]), draws=500)
    assert found["value"] == pytest.approx(0.5)
    assert 0 < found["low"] < 0.45 < 0.55 < found["high"] < 1


def test_the_same_links_in_other_rows_and_units_give_the_same_index(make_city: MakeCity) -> None:
    rows = [{**r, "mass": r["mass"] / 2, "source": s} for r in LOOP[::-1] for s in ("x", "y")]
    in_tonnes = [{**r, "mass": r["mass"] / 1000, "unit": "t"} for r in LOOP]
    assert outcome(make_city(rows))["value"] == pytest.approx(0.5)
    assert outcome(make_city(in_tonnes))["value"] == pytest.approx(0.5)


def test_an_organisation_that_is_not_in_balance_is_named_with_both_sums(make_city: MakeCity) -> None:
    found = outcome(make_city([*LOOP[:3], row("b", "market", "product", 90)]))
    assert (found["status"], np.isnan(found["value"])) == ("missing", True)
    assert found["reason"] == "not balanced: b receives 200 kg and passes on 190 kg"


def test_a_link_of_unknown_mass_leaves_no_index_and_says_how_many(make_city: MakeCity) -> None:
    found = outcome(make_city([*LOOP[:3], row("b", "market", "product", "unknown")]))
    assert (found["status"], found["coverage"]) == ("missing", 0.75)
    assert found["reason"] == "no mass: it is unknown for 1 of the 4 links"


def test_organisations_that_exchange_nothing_have_no_network(make_city: MakeCity) -> None:
    found = outcome(make_city([LOOP[0], row("a", "market", "product", 100), row("market", "b", "input", 1)]))
    assert (found["status"], found["coverage"]) == ("not_applicable", 0.0)
    assert found["reason"] == "there is no flow between two organisations"


def test_what_left_use_and_what_was_handed_on_is_no_link(make_city: MakeCity) -> None:
    beside = [row("a", "environment", "end_of_life", 50), row("b", "market", "handling", 70)]
    lab = make_city([*LOOP, *beside])
    assert outcome(lab)["value"] == pytest.approx(0.5)
    assert len(links(SamplingContext(lab, lab.method, 2020, 0, 1)).behind) == 4


def test_nature_is_loss_and_everybody_else_outside_is_trade(make_city: MakeCity) -> None:
    rows = [*LOOP[:3], row("b", "market", "product", 60), row("b", "environment", "residue", 40)]
    lab = make_city([*rows, row("GM0200", "a", "input", 5), row("a", "environment", "residue", 5)])
    gathered = links(SamplingContext(lab, lab.method, 2020, 0, 1)).rows
    assert {(a, b) for a, b in zip(gathered["from"], gathered["to"], strict=True)} == {
        ("market", "a"), ("a", "b"), ("b", "a"), ("b", "market"), ("b", "environment"), ("a", "environment"),
    }  # fmt: skip


def test_the_links_behind_the_index_are_explained(make_city: MakeCity) -> None:
    found = ce.assess(make_city(LOOP), draws=100, lang="en").explain("cycling_index")
    assert list(found.rows["kg"]) == [200, 100, 100, 100]
    assert set(zip(found.rows["from"], found.rows["to"], strict=True)) == {
        ("market", "a"), ("a", "b"), ("b", "a"), ("b", "market"),
    }  # fmt: skip
    label = "flows between organisations and with outside"
    assert found.terms.to_dict("records") == [{"name": "links", "label": label, "value": 500, "unit": "kg", "rows": 4}]
    assert "Computed by cycling_index" in str(found)
    assert "Borrett" in str(found)
    assert found.as_dict()["formula"] == "cycling_index(from, to, mass)"
    assert "Computed by cycling_index" in found._repr_html_()


def test_a_figure_of_the_whole_is_the_same_alone_and_beside_others(make_city: MakeCity, method: Method) -> None:
    lab = make_city([{**r, "uncertainty": 1.2} for r in LOOP])
    first, second = outcome(lab, draws=200), outcome(lab, draws=200)
    assert (first["low"], first["high"]) == (second["low"], second["high"])
