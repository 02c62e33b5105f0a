"""Differences between two versions of the method."""

from pathlib import Path

from circularity.method.diff import Change, diff, summary
from circularity.method.load import Method, load_method
from tests.conftest import replace_in


def only(changes: list[Change]) -> Change:
    (change,) = changes
    return change


def test_a_version_does_not_differ_from_itself(method: Method) -> None:
    assert diff(method, load_method(method.root)) == []


def test_a_changed_formula_is_shown_before_and_after_and_typeset(method: Method, method_copy: Path) -> None:
    replace_in(method_copy / "indicators" / "mci.yaml", "formula: 0.9 / X", "formula: 0.8 / X")
    found = [c for c in diff(method, load_method(method_copy)) if c.id == "mci"]
    assert (only(found).key, only(found).old, only(found).new) == ("let.F_X.formula", "0.9 / X", "0.8 / X")
    assert r"\frac" in only(found).old_latex
    assert "gewijzigd: indicator mci" in only(found).text("nl")


def test_an_indicator_that_was_added_or_removed_is_named(method: Method, method_copy: Path) -> None:
    replace_in(method_copy / "indicators" / "mci.yaml", "- id: mci_range", "- id: mci_portfolio")
    kinds = {(c.kind, c.id) for c in diff(method, load_method(method_copy)) if c.subject == "indicator"}
    assert kinds == {("added", "mci_portfolio"), ("removed", "mci_range")}


def test_a_weight_is_shown_from_and_to(method: Method, method_copy: Path) -> None:
    row = next(n for n in method.score_trees["scores.csv"] if n.parent)
    lines = (method_copy / "scores.csv").read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{row.code},"))
    cells = lines[at].split(",")
    cells[lines[0].split(",").index("weight")] = "3"
    lines[at] = ",".join(cells)
    (method_copy / "scores.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    change = only([c for c in diff(method, load_method(method_copy)) if c.subject == "score"])
    assert (change.id, change.key, change.new) == (row.code, "weight", "3.0")


def test_every_change_can_be_said_in_both_languages(method: Method, method_copy: Path) -> None:
    replace_in(method_copy / "method.yaml", "shown: 0.95", "shown: 0.9")
    replace_in(method_copy / "vocabulary" / "materials.csv", "glass,minerals,", "glas,minerals,")
    for change in diff(method, load_method(method_copy)):
        for lang in ("nl", "en"):
            assert change.id in change.text(lang)
            assert "{" not in change.text(lang)


def test_what_may_change_a_figure_is_told_apart_from_texts_and_examples(method: Method, method_copy: Path) -> None:
    replace_in(method_copy / "indicators" / "mci.yaml", "formula: 0.9 / X", "formula: 0.8 / X")
    replace_in(method_copy / "indicators" / "mci.yaml", "golden vector M2", "golden vector M2 of the notes")
    found = {c.key: c.matters for c in diff(method, load_method(method_copy)) if c.id == "mci"}
    assert found.pop("let.F_X.formula")
    assert found
    assert not any(found.values())


def test_the_summary_counts_what_was_added_removed_and_changed(method: Method, method_copy: Path) -> None:
    replace_in(method_copy / "indicators" / "mci.yaml", "- id: mci_range", "- id: mci_portfolio")
    lines = summary(diff(method, load_method(method_copy)), "nl")
    assert "nieuw: indicator (1)" in lines
    assert "vervallen: indicator (1)" in lines


def test_a_list_that_came_is_one_change_and_not_one_for_every_code(method: Method, method_copy: Path) -> None:
    rows = [f"{code},,{code} nl,{code} en," for code in ("a", "b")]
    (method_copy / "vocabulary" / "mine.csv").write_text("\n".join(["code,parent,nl,en,source", *rows, ""]), "utf-8")
    replace_in(method_copy / "vocabulary" / "origins.csv", "from recycling", "out of recycling")
    changes = [c for c in diff(method, load_method(method_copy)) if c.subject in ("list", "code")]
    assert [c.text("nl") for c in changes if c.subject == "list"] == ["nieuw: codelijst mine (2 codes)"]
    assert [(c.id, c.key) for c in changes if c.subject == "code"] == [("origins.recycled", "en")]


def test_what_is_new_since_the_earlier_version_is_told(method: Method) -> None:
    changes = {c.text("en") for c in diff(load_method("0.4.0"), method)}
    assert "added: indicator cycling_index (cycling_index)" in changes
    assert "added: parameter network.balance_tolerance (0.0001)" in changes
