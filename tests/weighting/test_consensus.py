"""From answers to weights: equal say, ways to pool, what is left out and what is told."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from circularity.errors import DataFaults
from circularity.weighting import Responses, find_consensus
from tests.faults import raises
from tests.weighting.conftest import HELICES, asked, budgets, flat, pairs

Read = Callable[..., Responses]

FAVOURITES = {"entrepreneurs": [(50, 30, 20)], "government": [(20, 30, 50)], "knowledge": [(30, 40, 30)]}


def ahp_rows() -> list[dict[str, object]]:
    """The three people of G2, one for each helix."""
    three = [(3, 5, 2), (0.5, 2, 4), (4, 6, 3)]
    return [
        row
        for number, (helix, values) in enumerate(zip(HELICES, three, strict=True), 1)
        for row in asked(f"r{number}", helix, "top", "ahp", pairs("abc", values))
    ]


def test_the_weights_of_a_helix_do_not_count_more_when_it_sends_more_people(read: Read) -> None:
    few = find_consensus(read(budgets(FAVOURITES), flat()))
    many = find_consensus(read(budgets({**FAVOURITES, "government": [(20, 30, 50)] * 9}), flat()))
    pd.testing.assert_frame_equal(few.weights, many.weights)
    assert few.weights["weight"][:3].to_list() == pytest.approx([1 / 3] * 3)


def test_tables_have_the_columns_that_other_packages_rely_on(read: Read) -> None:
    found = find_consensus(read(budgets(FAVOURITES), flat()))
    assert list(found.people.columns) == ["respondent", "helix", "role", "parent", "code", "weight"]
    assert list(found.weights.columns) == ["group", "parent", "code", "weight"]
    assert list(dict.fromkeys(found.weights["group"])) == ["pooled", *HELICES]
    assert (found.weights.groupby(["group", "parent"])["weight"].sum().round(12) == 1).all()
    assert "S = 0.93" in " ".join(found.summary())
    assert "<table" in found._repr_html_()


def test_g2_judgements_and_weights_are_pooled_as_was_asked(read: Read) -> None:
    responses = read(ahp_rows(), flat())
    pooled = {h: find_consensus(responses, h).weights["weight"][:3].to_list() for h in ("aij", "aip", "aip_arithmetic")}
    geometric = pytest.approx([0.5439800190, 0.3299475374, 0.1260724437], abs=5e-11)
    assert (pooled["aij"], pooled["aip"]) == (geometric, geometric)
    assert pooled["aip_arithmetic"] == pytest.approx([0.5416674637, 0.3395726138, 0.1187599225], abs=5e-11)


def test_g4_the_index_has_its_scale_only_where_everybody_compared_in_pairs(read: Read) -> None:
    rows = ahp_rows()
    people = find_consensus(read(rows, flat())).agreement.set_index("among").loc["people"]
    assert (people["s"], people["s_star"]) == pytest.approx((0.8946342056, 0.8210466848), abs=5e-11)
    rows += asked("r9", "knowledge", "top", "budget", {"a": 50, "b": 30, "c": 20})
    mixed = find_consensus(read(rows, flat())).agreement
    assert mixed["s_star"].isna().all()
    assert mixed["s"].notna().all()


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_g5_overlap_without_order_is_said_in_plain_words(read: Read, lang: str) -> None:
    said = " ".join(find_consensus(read(budgets(FAVOURITES), flat())).summary(lang))
    words = {"nl": "ordenen de onderdelen verschillend", "en": "order the items differently"}
    assert words[lang] in said
    agreed = find_consensus(read(budgets({helix: [(50, 30, 20)] for helix in HELICES}), flat()))
    assert words[lang] not in " ".join(agreed.summary(lang))


def test_overlap_order_and_distance_stand_together_for_helices_people_and_within_a_helix(read: Read) -> None:
    people = {**FAVOURITES, "government": [(20, 30, 50), (10, 10, 80)]}
    found = find_consensus(read(budgets(people), flat())).agreement.set_index("among")
    assert list(found.index) == ["helices", "people", "government"]
    assert found["voices"].to_list() == [3, 4, 2]
    assert not found[["s", "kendall_w", "p_value", "distance"]].isna().any().any()
    assert found.at["government", "distance"] == pytest.approx(0.3)
    assert (found.at["government", "first"], found.at["government", "item"]) == ("r2", "c")


def test_a_helix_with_nobody_is_an_error_unless_it_is_left_out_on_purpose(read: Read) -> None:
    two = {k: v for k, v in FAVOURITES.items() if k != "knowledge"}
    with pytest.raises(DataFaults) as caught:
        find_consensus(read(budgets(two), flat()))
    assert [f.code for f in caught.value] == ["EmptyHelix"]
    assert "--without knowledge" in caught.value.text("en")
    found = find_consensus(read(budgets(two), flat()), without=["knowledge"])
    assert found.without == ("knowledge",)
    assert any("Knowledge institutions" in line and "on purpose" in line for line in found.summary())
    assert found.weights["weight"][:3].to_list() == pytest.approx([0.35, 0.3, 0.35])


def test_answers_of_a_helix_that_is_left_out_count_nowhere(read: Read) -> None:
    two = {k: v for k, v in FAVOURITES.items() if k != "knowledge"}
    with_it = find_consensus(read(budgets(FAVOURITES), flat()), without=["knowledge"])
    without = find_consensus(read(budgets(two), flat()), without=["knowledge"])
    for name in ("people", "weights", "agreement"):
        pd.testing.assert_frame_equal(getattr(with_it, name), getattr(without, name))


def test_a_node_that_a_helix_skipped_is_named(read: Read) -> None:
    rows = budgets(FAVOURITES) + budgets({h: [(50, 50)] for h in HELICES[:2]}, ["b1", "b2"], "b")
    with pytest.raises(DataFaults) as caught:
        find_consensus(read(rows))
    assert [(f.code, f.where.key, f.details["found"]) for f in caught.value] == [("EmptyHelix", "b", "knowledge")]


def test_somebody_who_skipped_a_node_is_named_and_counts_elsewhere(read: Read) -> None:
    rows = budgets({**FAVOURITES, "government": [(20, 30, 50), (20, 30, 50)]})
    for number, helix in ((1, "entrepreneurs"), (2, "government"), (4, "knowledge")):
        rows += asked(f"r{number}", helix, "b", "budget", {"b1": 60, "b2": 40})
    found = find_consensus(read(rows))
    assert found.skipped == {"r3": ["b"]}
    assert found.notes("en") == ["r3: no answer about Item b."]


def test_an_only_child_has_all_the_weight_and_is_not_asked_about(read: Read) -> None:
    rows = budgets(FAVOURITES) + budgets({h: [(60, 40)] for h in HELICES}, ["b1", "b2"], "b")
    found = find_consensus(read(rows))
    only = found.weights[found.weights["parent"] == "c"]
    assert only["weight"].to_list() == [1.0] * 4
    assert set(found.people.loc[found.people["parent"] == "c", "respondent"]) == {"r1", "r2", "r3"}
    assert set(found.agreement["parent"]) == {"top", "b"}


def test_over_a_hierarchy_the_index_is_the_mean_by_the_weight_of_the_node(read: Read) -> None:
    rows = budgets(FAVOURITES) + budgets({h: [(60, 40)] for h in HELICES}, ["b1", "b2"], "b")
    found = find_consensus(read(rows))
    node = found.agreement[found.agreement["among"] == "helices"].set_index("parent")["s"]
    share = found.weights.set_index(["group", "parent", "code"])["weight"]["pooled", "top", "b"]
    overall = found.overall.set_index("among").at["helices", "s"]
    assert overall == pytest.approx((node["top"] + share * node["b"]) / (1 + share))


def test_the_order_of_rows_changes_no_bit(read: Read) -> None:
    rows = budgets({**FAVOURITES, "government": [(20, 30, 50), (11, 29, 60)]}) + ahp_rows()[:0]
    first, again = (find_consensus(read(r, flat())) for r in (rows, rows[::-1]))
    for name in ("people", "weights", "agreement", "overall"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name), check_exact=True)


def test_an_inconsistent_person_counts_and_the_comparison_to_ask_again_is_named(read: Read) -> None:
    rows = ahp_rows() + asked("r4", "government", "top", "ahp", pairs("abc", (9, 1 / 9, 9)))
    found = find_consensus(read(rows, flat()))
    assert [f.code for f in found.findings] == ["InconsistentJudgements"]
    said = found.findings[0].text("en")
    assert said.startswith("r4, top: ")
    row = found.consistency.set_index("respondent").loc["r4"]
    assert row["consistent"] is np.False_ or row["consistent"] is False
    assert row["value"] > row["limit"] == 0.1
    assert f"{row['item']} against {row['other']}: given 9" in said
    assert "r4" in set(found.people["respondent"])


def test_comparisons_that_were_left_out_are_completed_and_counted(read: Read) -> None:
    rows = ahp_rows()[:-1]
    found = find_consensus(read(rows, flat()))
    assert found.consistency["completed"].to_list() == [0, 0, 1]
    assert "looks" in found.notes("en")[0] or "look better" in found.notes("en")[0]
    with pytest.raises(DataFaults) as caught:
        read(ahp_rows()[:-2], flat())
    assert [f.code for f in caught.value] == ["Disconnected"]
    assert "a, b" in caught.value.text("en")


def test_best_and_worst_are_weighed_and_held_to_their_threshold(read: Read) -> None:
    values = {("best", "c", "a"): 8, ("best", "c", "b"): 2, ("worst", "b", "a"): 5, ("worst", "c", "a"): 8}
    rows = [row for n, h in enumerate(HELICES, 1) for row in asked(f"r{n}", h, "top", "bwm", values)]
    found = find_consensus(read(rows, flat()))
    assert found.weights["weight"][:3].to_list() == pytest.approx([1 / 14, 9 / 28, 17 / 28])
    row = found.consistency.iloc[0]
    assert (row["measure"], row["limit"], bool(row["consistent"])) == ("CR_I", 0.1309, True)
    bad = {**values, ("best", "c", "b"): 8, ("worst", "b", "a"): 8}
    again = find_consensus(read(rows[:-4] + asked("r3", "knowledge", "top", "bwm", bad), flat()))
    assert [f.code for f in again.findings] == ["InconsistentJudgements"]


def test_more_items_than_the_table_has_a_random_index_for_are_weighed_without_a_ratio(read: Read) -> None:
    items = "abcdefghijk"
    equal = dict.fromkeys(pairs(items, [1.0] * 55), 1.0)
    rows = [row for n, h in enumerate(HELICES, 1) for row in asked(f"r{n}", h, "top", "ahp", equal)]
    found = find_consensus(read(rows, flat(items)))
    assert {f.code for f in found.findings} == {"NoRandomIndex"}
    assert found.consistency["value"].isna().all()
    assert found.weights["weight"][:11].to_list() == pytest.approx([1 / 11] * 11)


def test_what_cannot_be_pooled_in_a_way_is_named(read: Read) -> None:
    responses = read(budgets({**FAVOURITES, "knowledge": [(0, 50, 50)]}), flat())
    with raises("OnlyComparisons", match="budget"):
        find_consensus(responses, "aij")
    with raises("ZeroWeight", match="aip_arithmetic"):
        find_consensus(responses, "aip")
    with raises("WrongArgument"):
        find_consensus(responses, "median")
    with raises("WrongArgument", match="science"):
        find_consensus(responses, without=["science"])
    with raises("WrongArgument"):
        find_consensus(responses, without=HELICES)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("people", [1, 2])
def test_few_people_give_weights_without_a_warning_of_a_library(people: int, read: Read) -> None:
    one = [row for row in ahp_rows() if row["respondent"] in ("r1", "r2")[:people]]
    found = find_consensus(read(one, flat()), without=HELICES[people:])
    assert found.weights["weight"][:3].sum() == pytest.approx(1)
    assert found.overall["among"].to_list() == ["helices", "people"][: 2 * (people - 1)]
    assert found.summary()
