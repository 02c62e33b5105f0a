"""The verb `score`: tables in, scores, ranks and verdicts out, and mistakes told without a traceback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from circularity.cli import main
from circularity.scoring import Log, rerun

STRUCTURE = """code,parent,weight,direction,goalposts,target,nl,en,agreed
index,,,,,,Circulariteit,Circularity,no
reuse,index,0.5,higher_is_better,0;1,0.4,Hergebruik,Reuse,no
waste,index,0.5,lower_is_better,0;10,,Afval,Waste,no
"""
VALUES = """unit,period,reuse,waste
A,2020,0.2,6
A,2024,0.5,4
B,2020,0.4,5
B,2024,0.3,5
C,2024,,5
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def save(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return save


@pytest.fixture
def tables(write: Callable[[str, str], Path]) -> list[Path]:
    return [write("values.csv", VALUES), write("structure.csv", STRUCTURE)]


def score(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["score", *[str(a) for a in arguments]])


def answer(*arguments: object) -> dict[str, Any]:
    found = score(*arguments, "--json")
    assert found.exit_code == 0, found.output
    return dict(json.loads(found.output))


def test_the_scores_are_those_of_the_goalposts_and_weights(tables: list[Path]) -> None:
    told = answer(*tables)
    scores = {(r["unit"], r["period"], r["code"]): r for r in told["scores"]}
    assert scores["A", 2024, "index"]["score"] == pytest.approx(100 * (0.5 * 0.5 + 0.5 * 0.6))
    assert scores["A", 2024, "index"]["rank"] == 1
    assert scores["C", 2024, "index"]["score"] is None
    assert scores["C", 2024, "index"]["rank"] is None
    assert scores["C", 2024, "index"]["coverage"] == 0.5
    assert told["weights"] == {"reuse": 0.5, "waste": 0.5}
    assert told["moved_by_others"] == []
    assert told["method_version"]


def test_equal_weights_are_never_taken_for_agreed_ones(tables: list[Path], write: Callable[[str, str], Path]) -> None:
    assert "Equal weights, not yet agreed." in score(*tables).output
    assert "Gelijke gewichten, nog niet afgesproken." in score(*tables, "--lang", "nl").output
    agreed = write("agreed.csv", STRUCTURE.replace(",no\n", ",yes\n"))
    assert "The weights are agreed." in score(tables[0], agreed).output
    unequal = write(
        "unequal.csv",
        STRUCTURE.replace("reuse,index,0.5", "reuse,index,0.7").replace("waste,index,0.5", "waste,index,0.3"),
    )
    assert "The weights are not yet agreed." in score(tables[0], unequal).output


def test_claims_get_a_verdict_with_its_probability_and_what_could_turn_it(tables: list[Path]) -> None:
    told = answer(*tables, "--claim", "A above B in 2024", "--claim", "B is in the top 1 on waste in 2020")
    first, second = told["verdicts"]
    assert (first["verdict"], second["verdict"]) == ("supported", "supported")
    assert first["said"] == "A is above B on Circularity in 2024"
    assert {p["group"] for p in told["probabilities"]} == {"pooled"}
    assert {i["factor"] for i in first["indices"]} == {"weights", "aggregation"}
    text = score(*tables, "--claim", "A verbeterde", "--lang", "nl")
    assert text.exit_code == 1
    assert "geen vorm" in text.output


def test_a_claim_on_a_score_of_one_indicator_has_a_verdict(write: Callable[[str, str], Path]) -> None:
    values = write("one.csv", "unit,a\nA,0.5\nB,0.2\n")
    structure = write("tree.csv", "code,parent,weight,direction,goalposts\ntop,,,,\na,top,1,1,0;1\n")
    (verdict,) = answer(values, structure, "--claim", "A above B")["verdicts"]
    assert (verdict["verdict"], verdict["turned_by"]) == ("supported", "")
    assert {i["factor"] for i in verdict["indices"]} == {"aggregation"}


PAIR = "unit,a,b\nA,50,50\nB,99,10\n"
PARTS = "code,parent,weight,direction,goalposts,aggregation\ntop,,,,,{way}\na,top,1,1,0;100,\nb,top,1,1,0;100,\n"


def test_the_aggregation_that_made_the_scores_is_among_those_a_claim_is_tested_under(
    write: Callable[[str, str], Path],
) -> None:
    chain = write(
        "chain.yaml",
        "- {step: normalise, way: goalposts}\n- {step: aggregate, way: geometric_mean, available: 1}\n",
    )
    tables = [write("pair.csv", PAIR), write("parts.csv", PARTS.format(way=""))]
    (verdict,) = answer(*tables, "--chain", chain, "--claim", "A above B")["verdicts"]
    tried = ["way=geometric_mean", "way=arithmetic_mean", "way=generalised_mean, power=0.5"]
    assert list(verdict["by_choice"]["aggregation"]) == tried


def test_a_claim_is_tested_with_the_aggregation_that_a_row_asks_for(write: Callable[[str, str], Path]) -> None:
    """Over all weights w of a, 50 is above 99^w 10^(1-w) when w < ln 5 / ln 9.9, or .702."""
    tables = [write("pair.csv", PAIR), write("parts.csv", PARTS.format(way="geometric_mean"))]
    told = answer(*tables, "--claim", "A above B", "--draws", "20000")
    assert told["probabilities"][0]["probability"] == pytest.approx(0.702, abs=0.01)
    each = told["verdicts"][0]["by_choice"]["aggregation"].values()
    assert all(p == pytest.approx(0.702, abs=0.02) for p in each)


def test_claims_can_stand_in_a_table(tables: list[Path], write: Callable[[str, str], Path]) -> None:
    claims = write("claims.csv", "claim\nA above B in 2024\nreuse of A meets its target in 2024\n")
    assert [v["verdict"] for v in answer(*tables, "--claims", claims)["verdicts"]] == ["supported", "supported"]


def test_uncertain_values_make_a_claim_uncertain(write: Callable[[str, str], Path], tables: list[Path]) -> None:
    rows = [
        f"{u},{i},{v},{sd}"
        for u, i, v, sd in (
            ("A", "reuse", 0.5, 0.2),
            ("A", "waste", 5, 0),
            ("B", "reuse", 0.45, 0.2),
            ("B", "waste", 5, 0),
        )
    ]
    long = write("long.csv", "unit,indicator,value,sd\n" + "\n".join(rows) + "\n")
    told = answer(long, tables[1], "--claim", "A above B")
    assert told["verdicts"][0]["verdict"] == "undecided"
    assert told["verdicts"][0]["turned_by"] == "data"
    assert 0.5 < told["probabilities"][0]["probability"] < 0.7


def test_weights_of_helices_give_a_probability_each(tables: list[Path], write: Callable[[str, str], Path]) -> None:
    rows = "group,code,weight\npooled,reuse,0.5\npooled,waste,0.5\nfirms,reuse,1\nfirms,waste,0\n"
    rows += "state,reuse,0\nstate,waste,1\n"
    told = answer(*tables, "--weights", write("weights.csv", rows), "--claim", "B above A in 2020")
    assert told["verdicts"][0]["verdict"] == "supported"
    assert [p["group"] for p in told["probabilities"]] == ["pooled", "firms", "state"]
    assert told["weights_are"] == "Weights of firms, state, with equal say."


def test_answers_of_stakeholders_can_be_used_as_they_are(
    tables: list[Path], write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    lines = ["respondent,helix,node,way,item,value"]
    for code, helix, points in (("r1", "entrepreneurs", 90), ("r2", "government", 50), ("r3", "knowledge", 10)):
        lines += [f"{code},{helix},index,budget,reuse,{points}", f"{code},{helix},index,budget,waste,{100 - points}"]
    (folder / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = answer(*tables, "--responses", folder, "--claim", "A above B in 2020")
    assert told["weights"]["reuse"] == pytest.approx(0.5)
    assert {p["group"] for p in told["probabilities"]} == {"pooled", "entrepreneurs", "government", "knowledge"}
    both = score(*tables, "--responses", folder, "--weights", tables[1])
    assert both.exit_code == 2


def test_a_result_can_be_written_and_its_log_gives_the_same_bytes(tables: list[Path], tmp_path: Path) -> None:
    out, log = tmp_path / "scores.csv", tmp_path / "log.json"
    assert score(*tables, "-o", out, "--log", log).exit_code == 0
    again = tmp_path / "again.csv"
    rerun(Log.load(log)).table().to_csv(again, index=False, lineterminator="\n")
    assert again.read_bytes() == out.read_bytes()
    book = tmp_path / "scores.xlsx"
    assert score(*tables, "-o", book, "--claim", "A above B in 2024").exit_code == 0
    assert pd.ExcelFile(book, engine="openpyxl").sheet_names == ["circularity", "weights", "notes", "verdicts"]


def test_a_pipeline_of_ones_own_is_used_and_says_what_moves(
    tables: list[Path], write: Callable[[str, str], Path]
) -> None:
    chain = write(
        "chain.yaml",
        "- {step: normalise, way: minmax}\n- {step: aggregate, way: arithmetic_mean, available: 0}\n- {step: rank}\n",
    )
    told = answer(*tables, "--chain", chain)
    assert {m["step"] for m in told["moved_by_others"]} == {"normalise"}
    assert "a new unit or year moves these scores" in score(*tables, "--chain", chain).output


TOGETHER = "unit,reuse,waste\nA,0.1,9\nB,0.3,7\nC,0.5,5\nD,0.8,3\nE,0.6,\n"


def test_whether_the_indicators_belong_together_is_shown_when_it_is_asked(
    tables: list[Path], write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    values = write("together.csv", TOGETHER)
    assert "analysis" not in answer(values, tables[1])
    found = answer(values, tables[1], "--analyse")["analysis"]
    assert list(found) == ["statistics", "correlations", "coherence", "importance", "left_out"]
    assert [(r["code"], r["available"]) for r in found["statistics"]] == [("reuse", 5), ("waste", 4)]
    assert [r["flag"] for r in found["correlations"]] == ["high"]
    assert found["coherence"][0]["units"] == 4
    assert {r["effective"] for r in found["importance"]} == {0.5}
    for lang, title in (("nl", "Wat de plaatsen worden zonder een indicator"), ("en", "What the ranks become without")):
        assert title in score(values, tables[1], "--analyse", "--lang", lang).output
    book = tmp_path / "scores.xlsx"
    assert score(values, tables[1], "--analyse", "-o", book).exit_code == 0
    assert "importance" in pd.ExcelFile(book, engine="openpyxl").sheet_names
    alone = answer(write("alone.csv", "unit,reuse,waste\nA,0.1,9\n"), tables[1], "--analyse")["analysis"]
    assert alone["coherence"][0]["alpha"] is None


def test_the_old_names_of_a_pipeline_and_of_its_techniques_still_work(
    tables: list[Path], write: Callable[[str, str], Path]
) -> None:
    steps = "- {{step: normalise, {0}: minmax}}\n- {{step: aggregate, {0}: arithmetic_mean, available: 0}}\n"
    old = write("old.yaml", "chain:\n" + steps.format("way"))
    new = write("new.yaml", "pipeline:\n" + steps.format("technique"))
    assert score(*tables, "--chain", old, "--json").output == score(*tables, "--pipeline", new, "--json").output
    both = write("both.yaml", "- {step: normalise, way: minmax, technique: minmax}\n")
    assert score(*tables, "--pipeline", both).exit_code == 2


def test_the_same_call_gives_the_same_bytes(tables: list[Path]) -> None:
    one, two = (score(*tables, "--claim", "A above B in 2024", "--json").output for _ in range(2))
    assert one == two


MISTAKES = [
    ("weights that do not sum", {"reuse,index,0.5": "reuse,index,0.8"}, {},
     ["WeightsDoNotSum", "row 3, column weight", "1.3", "index"]),
    ("a weight below zero", {"reuse,index,0.5": "reuse,index,-0.5"}, {}, ["NegativeWeight", "row 3, column weight"]),
    ("a parent that is not there", {"reuse,index": "reuse,indx"}, {}, ["UnknownParent", "indx", "index"]),
    ("a circle", {"index,,,,,": "index,reuse,,,,"}, {}, ["Circle", "reuse"]),
    ("no goalposts", {"0;10": ""}, {}, ["NoGoalposts", "normalise", "waste"]),
    ("goalposts the wrong way round", {"0;10": "10;0"}, {}, ["WrongValue", "10;0"]),
    ("a word for a number", {}, {"0.5,4": "half,4"}, ["NotANumber", "row 3, column reuse", "half"]),
    ("an indicator that is not there", {}, {"unit,period,reuse": "unit,period,reuze"},
     ["MissingColumn", "reuse", "reuze"]),
    ("a unit twice", {}, {"B,2020": "A,2020"}, ["DuplicateKey", "row 4", "row 2"]),
    ("nothing known", {}, {"6\n": "\n", "4\n": "\n", "5\n": "\n"}, ["AllMissing", "normalise", "waste"]),
]  # fmt: skip


@pytest.mark.parametrize(("structure", "values", "told"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_told_by_name_and_place_in_both_languages(
    structure: dict[str, str], values: dict[str, str], told: list[str], write: Callable[[str, str], Path]
) -> None:
    def changed(text: str, edits: dict[str, str]) -> str:
        for old, new in edits.items():
            assert old in text
            text = text.replace(old, new)
        return text

    tables = [write("values.csv", changed(VALUES, values)), write("structure.csv", changed(STRUCTURE, structure))]
    found = {lang: score(*tables, "--lang", lang) for lang in ("nl", "en")}
    assert {r.exit_code for r in found.values()} == {1}
    assert found["nl"].output != found["en"].output
    assert "Traceback" not in found["en"].output
    data = json.loads(score(*tables, "--json").output)
    faults = data.get("faults", [data])
    whole = found["en"].output + " ".join(f["error"] for f in faults)
    assert all(part in whole for part in told), whole


def test_a_constant_indicator_and_a_mean_of_zero_are_told_by_name(
    write: Callable[[str, str], Path], tables: list[Path]
) -> None:
    chain = "- {step: normalise, way: minmax}\n- {step: aggregate, way: geometric_mean, available: 0}\n"
    values = write("same.csv", "unit,reuse,waste\nA,0.5,3\nB,0.5,4\n")
    found = score(values, tables[1], "--chain", write("chain.yaml", chain))
    assert "'reuse' is the same for all units" in found.output
    values = write("zero.csv", "unit,reuse,waste\nA,0.2,3\nB,0.5,4\n")
    found = score(values, tables[1], "--chain", write("chain.yaml", chain))
    assert "At step aggregate 'reuse' of 'A' is 0; geometric_mean is not defined for that" in found.output


def test_the_output_may_not_be_an_input(tables: list[Path]) -> None:
    before = tables[0].read_bytes()
    assert score(*tables, "-o", tables[0]).exit_code == 2
    assert tables[0].read_bytes() == before


def test_a_method_without_a_pipeline_says_so(tables: list[Path], method_copy: Path) -> None:
    (method_copy / "composite.yaml").unlink()
    found = score(*tables, "--method", method_copy)
    assert found.exit_code == 1
    assert "composite.yaml" in found.output


@pytest.mark.parametrize(
    ("chain", "told"),
    [
        ("- {step: normalise, way: goalposts}\n", "this step is lacking, and without it there is no score"),
        ("- {step: rank}\n- {step: aggregate, way: arithmetic_mean, available: 1}\n", "aggregate is needed before it"),
        ("- {step: normalize}\n", "Step 1 of the pipeline is wrong"),
        ("just words\n", "The value 'just words' is not valid here"),
    ],
)
def test_a_pipeline_that_cannot_be_built_is_named_by_its_step(
    chain: str, told: str, tables: list[Path], write: Callable[[str, str], Path]
) -> None:
    found = score(*tables, "--chain", write("chain.yaml", chain))
    assert found.exit_code != 0
    assert "Traceback" not in found.output
    assert told in found.output


def test_a_folder_is_no_table(tables: list[Path], tmp_path: Path) -> None:
    found = score(tmp_path, tables[1])
    assert found.exit_code == 1
    assert "it is a folder" in found.output
