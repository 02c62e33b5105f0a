"""From tables to relations: groups, shares, sums, stocks, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from circularity import errors
from circularity.reconciliation import reconcile, reconcile_arrays
from tests.faults import raises

Make = Callable[..., pd.DataFrame]
SPLIT = [("feed", "P", 100, 2), ("P", "a", None, None), ("P", "b", None, None)]


def shares_of(*rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["from", "to", "share", "sd"])


def faults(call: Callable[[], object]) -> list[errors.CircularityError]:
    with pytest.raises(errors.DataFaults) as caught:
        call()
    return list(caught.value)


def test_a_flow_between_groups_is_the_sum_of_the_flows_inside(make_flows: Make) -> None:
    single = [("sand pit", "mixer", 10, 1), ("gravel pit", "mixer", 20, 1), ("mixer", "site", None, None)]
    flows = make_flows(*single, ("pits", "mixer", 36, 2))
    processes = pd.DataFrame({"process": ["sand pit", "gravel pit"], "parent": ["pits", "pits"]})
    result = reconcile(flows, processes=processes)
    # 30 with variance 2 against 36 with variance 4: a third of the difference of 6, shared equally
    values = result.flows.set_index("flow")["value"]
    np.testing.assert_allclose(values, [11, 21, 32, 32])
    assert result.flows["kind"].tolist() == ["flow", "flow", "flow", "group"]
    assert result.freedom == 1


def test_groups_of_groups_are_summed_to_the_bottom(make_flows: Make) -> None:
    single = [("a", "m", 1, 0.1), ("b", "m", 2, 0.1), ("c", "m", 4, 0.1)]
    flows = make_flows(*single, ("all", "m", None, None), ("ab", "m", None, None))
    processes = pd.DataFrame({"process": ["a", "b", "ab", "c"], "parent": ["ab", "ab", "all", "all"]})
    values = reconcile(flows, processes=processes).flows.set_index("flow")["value"]
    assert values["all → m"] == pytest.approx(7)
    assert values["ab → m"] == pytest.approx(3)


def test_an_exact_share_is_an_exact_relation(make_flows: Make) -> None:
    result = reconcile(make_flows(*SPLIT), shares=shares_of(("P", "a", 0.6, 0)))
    np.testing.assert_allclose(result.flows["value"], [100, 60, 40])
    np.testing.assert_allclose(result.flows["sd"], [2, 1.2, 0.8])


def test_an_uncertain_share_carries_its_error_into_the_flows(make_flows: Make) -> None:
    result = reconcile(make_flows(*SPLIT), shares=shares_of(("P", "a", 0.6, 0.05)))
    part = result.flows.set_index("flow").loc["P → a"]
    assert part["value"] == pytest.approx(60)
    assert part["sd"] == pytest.approx(math.hypot(0.6 * 2, 100 * 0.05))  # first order: the product of both


def test_uncertain_shares_end_at_the_minimum_of_the_nonlinear_problem(make_flows: Make) -> None:
    from scipy.optimize import least_squares

    flows = make_flows(("feed", "P", 100, 4), ("P", "a", 45, 6), ("P", "b", 30, 5))
    result = reconcile(flows, shares=shares_of(("P", "a", 0.7, 0.04)))
    peer = least_squares(
        lambda x: [(x[0] + x[1] - 100) / 4, (x[0] - 45) / 6, (x[1] - 30) / 5, (x[0] / (x[0] + x[1]) - 0.7) / 0.04],
        [45.0, 30.0],
        xtol=1e-14,
        ftol=1e-14,
        gtol=1e-14,
    )
    np.testing.assert_allclose(result.flows["value"][1:], peer.x, rtol=1e-6)
    assert result.statistic == pytest.approx(2 * peer.cost, rel=1e-6)


def test_a_share_that_is_asked_for_comes_with_its_interval(make_flows: Make) -> None:
    flows = make_flows(("secondary", "P", 20, 2), ("primary", "P", 80, 4), ("P", "out", 99, 3))
    asked = pd.DataFrame(
        [("secondary", "P", None, "P", None, None)], columns=["from", "to", "of_from", "of_to", "share", "sd"]
    )
    result = reconcile(flows, shares=asked)
    share = result.shares.iloc[0]
    x = result.flows["value"]
    assert share["value"] == pytest.approx(x[0] / x[2])
    covariance = result.covariance(["secondary → P", "P → out"]).to_numpy()
    slope = np.array([1 / x[2], -x[0] / x[2] ** 2])
    assert share["sd"] == pytest.approx(math.sqrt(slope @ covariance @ slope))  # the delta method
    assert share["low"] < share["value"] < share["high"]
    pd.testing.assert_series_equal(reconcile(flows).flows["value"], x)  # asking changes nothing


def test_a_sum_can_be_given_or_asked_for(make_flows: Make) -> None:
    rows = [("both", "P → a", 1, None, None), ("both", "P → b", 1, None, None)]
    columns = ["relation", "flow", "coefficient", "equals", "sd"]
    asked = reconcile(make_flows(*SPLIT), relations=pd.DataFrame(rows, columns=columns))
    assert asked.relations["value"][0] == pytest.approx(100)
    assert asked.flows["status"].tolist()[1:] == ["unobservable"] * 2
    rows = [("difference", "P → a", 1, 20, 1), ("difference", "P → b", -1, None, None)]
    given = reconcile(make_flows(*SPLIT), relations=pd.DataFrame(rows, columns=columns))
    np.testing.assert_allclose(given.flows["value"], [100, 60, 40])
    np.testing.assert_allclose(given.flows["sd"][1], math.sqrt(2**2 + 1) / 2)


@pytest.mark.parametrize(
    "name", ["stock", "Stock", "STOCKS", "voorraad", "Voorraden", "Change in stocks", "net_addition_to_stock"]
)
@pytest.mark.parametrize("nonnegative", [False, True])
def test_a_stock_is_not_balanced_in_either_language_whatever_its_case(
    name: str, nonnegative: bool, make_flows: Make
) -> None:
    flows = make_flows(("in", "use", 100, 5), ("use", name, 60, 5), ("use", "waste", 40, 5), (name, "waste", 20, 5))
    result = reconcile(flows, nonnegative=nonnegative, draws=100)
    assert result.statistic == 0
    assert result.balances["process"].tolist() == ["use"]
    if not nonnegative:
        np.testing.assert_allclose(result.flows["value"], [100, 60, 40, 20])


@pytest.mark.parametrize("name", ["In-use stock", "gebouwenvoorraad", "Inventory (steel)"])
def test_a_process_whose_name_speaks_of_a_stock_is_asked_about(name: str, make_flows: Make) -> None:
    flows = make_flows(("in", "use", 100, 5), ("use", name, 60, 5), ("use", "waste", 40, 5), (name, "waste", 20, 5))
    (fault,) = faults(lambda: reconcile(flows))
    assert (fault.code, fault.where.key) == ("StockOrProcess", name)
    assert reconcile(flows, outside=[name]).statistic == 0
    stated = pd.DataFrame({"process": [name], "balanced": ["yes"]})
    assert reconcile(flows, processes=stated).balances["process"].tolist() == ["use", name]


def test_a_process_called_stock_that_is_stated_to_balance_does_and_livestock_is_not_asked_about(
    make_flows: Make,
) -> None:
    flows = make_flows(("in", "Stock", 10, 1), ("Stock", "livestock", 12, 1), ("livestock", "out", None, None))
    stated = pd.DataFrame({"process": ["Stock"], "balanced": ["ja"]})
    assert reconcile(flows, processes=stated).balances["process"].tolist() == ["Stock", "livestock"]


def test_a_change_of_stock_may_be_below_zero_and_is_no_negative_flow(make_flows: Make) -> None:
    result = reconcile(make_flows(("a", "P", 10, 1), ("P", "b", 14, 1), ("P", "stock", None, None)))
    assert result.flows["value"].tolist() == [10, 14, -4]
    assert not result.flows["negative"].any()


def test_a_negative_flow_is_flagged_and_not_set_to_zero(make_flows: Make) -> None:
    result = reconcile(make_flows(("a", "P", 10, 1), ("P", "b", 14, 1), ("P", "c", None, None)))
    assert result.flows["value"][2] == -4
    assert result.flows["negative"].tolist() == [False, False, True]
    assert "P → c" in " ".join(result.notes("en"))


def test_a_geometric_standard_deviation_is_that_of_a_lognormal_number(make_flows: Make) -> None:
    flows = make_flows(("a", "P", 100, 1.2), ("P", "b", 90, 1.1), columns="from to value uncertainty")
    sd = [v * math.sqrt(math.exp(math.log(g) ** 2) - 1) for v, g in ((100, 1.2), (90, 1.1))]
    np.testing.assert_allclose(reconcile(flows).flows["observed_sd"], sd)


def test_text_cells_are_read_as_the_numbers_they_are(make_flows: Make) -> None:
    numbers = reconcile(make_flows(("a", "P", 100, 2), ("P", "b", 90.5, 3), ("P", "c", None, None)))
    texts = reconcile(make_flows((" a", "P ", "100", "2"), ("P", "b", "9.05e1", "3"), ("P", "c", "", "")))
    pd.testing.assert_frame_equal(numbers.flows, texts.flows)


def test_related_errors_of_flows_are_taken_from_a_covariance(make_flows: Make) -> None:
    flows = make_flows(("a", "P", 100, 1), ("P", "b", 110, 1))
    alone = reconcile(flows, covariance=np.diag([25.0, 100.0]))
    np.testing.assert_allclose(alone.flows["value"], 102)
    related = reconcile(flows, covariance=[[25.0, 30.0], [30.0, 100.0]])
    # m - S a (a'm) / (a'S a) with a = (1, -1): 100 + 10 (25 - 30) / 65
    np.testing.assert_allclose(related.flows["value"], 100 - 10 * 5 / 65)


FAULTS = [
    ([("a", "P", "ten", 1)], "NotANumber", "value"),
    ([("a", "P", "1,5", 1)], "NotANumber", "value"),
    ([("a", "P", math.inf, 1)], "NotFinite", "value"),
    ([("a", "P", 1, -1)], "OutOfRange", "sd"),
    ([("a", "P", 1, None)], "NoSpread", "sd"),
    ([("a", "P", 1, "1e999")], "NotFinite", "sd"),
    ([("a", "a", 1, 1)], "SameParty", "to"),
    ([("", "P", 1, 1)], "EmptyCell", "from"),
    ([("a", None, 1, 1)], "EmptyCell", "to"),
    ([("a", "P", 1, 1), ("a", "P", 2, 1)], "DuplicateKey", None),
]


@pytest.mark.parametrize(("rows", "name", "column"), FAULTS)
def test_a_wrong_cell_is_named_with_its_row_and_column(
    rows: list[tuple[Any, ...]], name: str, column: str | None, make_flows: Make
) -> None:
    good = ("P", "b", 1, 1)
    table = make_flows(good, *rows)
    table.attrs["file"] = "flows.csv"
    found = faults(lambda: reconcile(table))
    assert [f.code for f in found] == [name]
    assert (found[0].where.file, found[0].where.row, found[0].where.column) == ("flows.csv", 2 + len(rows), column)
    for lang in ("nl", "en"):
        assert "{" not in found[0].text(lang)


def test_all_faults_of_a_table_are_named_together(make_flows: Make) -> None:
    table = make_flows(*(row for rows, _, _ in FAULTS for row in rows))
    assert len(faults(lambda: reconcile(table))) >= len(FAULTS)


def test_columns_that_are_missing_unknown_or_double_are_named(make_flows: Make) -> None:
    table = make_flows(("a", "P", 1, 1)).rename(columns={"to": "too"})
    assert [f.code for f in faults(lambda: reconcile(table))] == ["UnknownColumn", "MissingColumn"]
    unknown = faults(lambda: reconcile(table.rename(columns={"too": "waarde"})))[0]
    assert "Kies uit: from, to, flow, value" in unknown.text("nl")
    table = make_flows(("a", "P", 1, 1), columns="from to value value")
    assert [f.code for f in faults(lambda: reconcile(table))] == ["DuplicateColumn"]
    with raises("EmptyTable"):
        reconcile(make_flows())


def test_names_that_no_flow_has_are_refused_with_what_was_probably_meant(make_flows: Make) -> None:
    flows = make_flows(("feed", "Plant", 1, 1), ("Plant", "out", 1, 1))
    (fault,) = faults(lambda: reconcile(flows, outside=["plant"]))
    assert "Plant" in fault.text("en")
    (fault,) = faults(lambda: reconcile(flows, processes=pd.DataFrame({"process": ["Plnt"], "balanced": ["yes"]})))
    assert fault.code == "UnknownReference"
    (fault,) = faults(lambda: reconcile(flows, shares=shares_of(("Plant", "nowhere", 0.5, 0.1))))
    assert (fault.code, fault.where.row) == ("NoFlowsBelow", 1)
    relations = pd.DataFrame({"relation": ["r"], "flow": ["Plant → nowhere"], "coefficient": [1]})
    (fault,) = faults(lambda: reconcile(flows, relations=relations))
    assert (fault.code, fault.where.column) == ("UnknownReference", "flow")


def test_processes_inside_each_other_in_a_circle_are_refused(make_flows: Make) -> None:
    flows = make_flows(("a", "b", 1, 1), ("b", "c", 1, 1))
    processes = pd.DataFrame({"process": ["a", "b"], "parent": ["b", "a"]})
    assert "Circle" in [f.code for f in faults(lambda: reconcile(flows, processes=processes))]


def test_processes_inside_each_other_without_end_are_no_trouble(make_flows: Make) -> None:
    flows = make_flows(("feed", "p0", 10, 1), ("p0", "out", 11, 1))
    names = [f"p{i}" for i in range(5000)]
    found = reconcile(flows, processes=pd.DataFrame({"process": names, "parent": [*names[1:], ""]}))
    assert found.flows["value"].tolist() == pytest.approx([10.5, 10.5])
    circle = pd.DataFrame({"process": names, "parent": [*names[1:], names[0]]})
    (fault,) = [f for f in faults(lambda: reconcile(flows, processes=circle)) if f.code == "Circle"]
    assert fault.where.row == 5000


def test_without_any_observation_there_is_no_account(make_flows: Make) -> None:
    with raises("NoObservations"):
        reconcile(make_flows(("a", "P", None, None)))


def test_a_share_of_nothing_is_refused(make_flows: Make) -> None:
    flows = make_flows(("feed", "P", 0, 0), ("P", "a", None, None), ("P", "b", None, None))
    with raises("UndeterminedShare"):
        reconcile(flows, shares=shares_of(("P", "a", 0.5, 0.1)))


@pytest.mark.parametrize(
    "wrong", [{"interval": (0.9, 0.1)}, {"interval": (0, 1)}, {"significance": 0}, {"significance": 1.5}]
)
def test_probabilities_outside_zero_and_one_are_refused(wrong: dict[str, Any], make_flows: Make) -> None:
    with raises("WrongArgument"):
        reconcile(make_flows(("a", "P", 1, 1)), **wrong)


def test_arrays_that_do_not_fit_are_refused() -> None:
    for A, m, S in (([[1, -1]], [1], [1]), ([[1, -1]], [1, 1], [1]), ([[1, -1]], [1, 1], np.ones((2, 3)))):
        with raises("WrongShape"):
            reconcile_arrays(A, m, S)
    for S in ([[1, 2], [2, 1]], [[1, 0.5], [0, 1]], [[1, math.nan], [math.nan, 1]]):
        with raises("NotACovariance"):
            reconcile_arrays([[1, -1]], [1, 1], S)
    with raises("NotFinite"):
        reconcile_arrays([[1, math.nan]], [1, 1], [1, 1])
    assert [f.code for f in faults(lambda: reconcile_arrays([[1, -1]], [math.inf, 1], [1, -2]))] == [
        "NotFinite",
        "OutOfRange",
    ]


def test_texts_from_data_are_escaped_in_a_notebook(make_flows: Make) -> None:
    page = reconcile(make_flows(("<script>", "P", 1, 1), ("P", "<b>", 1, 1)))._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_covariance_of_a_name_that_is_not_there_is_refused(make_flows: Make) -> None:
    with raises("UnknownReference"):
        reconcile(make_flows(("a", "P", 1, 1))).covariance(["b → P"])


def test_a_covariance_has_the_order_of_the_flows(make_flows: Make) -> None:
    result = reconcile(make_flows(("a", "P", 10, 1), ("P", "b", 12, 1), ("P", "c", 1, 1)))
    assert result.covariance().index.tolist() == result.flows["flow"].tolist()
    np.testing.assert_allclose(np.sqrt(np.diag(result.covariance())), result.flows["sd"])
