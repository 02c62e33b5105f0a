"""What the method says of consensus, and mistakes in it that are named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from circularity.errors import CircularityError
from circularity.method.load import Method, load_method

TheFault = Callable[..., CircularityError]


def test_the_method_has_four_tables_of_random_indices_and_uses_one(method: Method) -> None:
    assert method.consensus is not None
    found = method.consensus.random_indices
    assert set(found) == {"saaty_1980", "saaty_2005", "ahpsurvey", "donegan_dodd"}
    assert all(list(table) == list(range(3, 11)) for table in found.values())
    assert method.consensus.random_index == found[method.consensus.rules.ahp.random_index]
    assert [method.consensus.geometric_limit(n) for n in (3, 4, 5, 9)] == [0.31, 0.35, 0.37, 0.37]


def test_the_thresholds_of_best_worst_hold_for_three_to_nine(method: Method) -> None:
    """Liang et al. (2020): the column of five items was compared with a source."""
    assert method.consensus is not None
    found = method.consensus.thresholds
    assert set(found) == {(a, n) for a in range(3, 10) for n in range(3, 10)}
    assert [found[a, 5] for a in range(3, 10)] == [0.1667, 0.1898, 0.2306, 0.2643, 0.2819, 0.2958, 0.3062]


def test_a_method_need_not_say_anything_of_consensus(method_copy: Path) -> None:
    (method_copy / "consensus.yaml").unlink()
    assert load_method(method_copy).consensus is None


def test_no_number_of_consensus_is_called_verified(method: Method) -> None:
    assert method.consensus is not None
    rows = [row.status for rows in method.consensus.rows.values() for row in rows]
    sources = [source.status for source in method.consensus.rules.sources_by_place().values()]
    assert {*rows, *sources} == {"unverified"}


@pytest.mark.parametrize(
    ("edits", "error", "place"),
    [
        ([("consensus.yaml", "index: saaty_2005", "index: saaty_2010")], "UndefinedName", "ahp.random_index"),
        ([("consensus.yaml", "together: aip_arithmetic", "together: median")], "WrongValue", "groups.together"),
        ([("consensus.yaml", "permutations: 9999", "permutations: many")], "WrongValue", "agreement.permutations"),
        ([("consensus.yaml", "from: 0.65,", "from: 0.40,")], "WrongValue", "agreement.consensus"),
        ([("consensus.yaml", "liang_2020, at: input", "nobody_2018, at: input")], "UnknownSource", "consensus.yaml"),
        ([("consensus.yaml", "item_name, mark,", "item_name, marker,")], "UndefinedName", "ways.bwm.columns"),
        ([("consensus.yaml", 'en: "Do not change."', 'en: "Niet wijzigen."')], "NotTranslated", "tables.answers"),
        ([("factors/random_index.csv", "saaty_1980,4,", "saaty_1980,3,")], "DuplicateId", "random_index.csv"),
        ([("factors/bwm_thresholds.csv", "0.1121", "none")], "WrongValue", "bwm_thresholds.csv"),
    ],
)  # fmt: skip
def test_a_mistake_in_it_is_named(
    the_fault: TheFault, edits: list[tuple[str, str, str]], error: str, place: str
) -> None:
    fault = the_fault(*edits)
    assert fault.code == error
    assert place in str(fault.where)
