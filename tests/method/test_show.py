"""What the declaration of an indicator says, for reading."""

import pytest

from circularity.method.load import Method
from circularity.method.show import as_data, as_text


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_indicator_shows_all_that_is_declared(lang: str, method: Method) -> None:
    for id_, indicator in method.indicators.items():
        text = as_text(method, indicator, lang)
        for said in (indicator.name, indicator.meaning, *(c.because for c in indicator.requires)):
            assert said[lang] in text, id_
        assert text.count(" -> ") == len(indicator.spec.examples), id_
        assert "{" not in text, id_


def test_the_words_of_a_declaration_are_explained(method: Method) -> None:
    text = as_text(method, method.indicator("mci"), "en")
    for line in (
        "Bounds: a number from 0 to 1",
        "Aggregated as: the terms are summed over the parts of the product, then the formula is applied",
        "Missing data: without all data there is no figure",
        "Decisions: 0007 Utility when the industry average is not known",
        "Requires: F_R + F_U + F_S <= 1  (otherwise: the feedstock shares together exceed 1)",
        "C_U = 0.6, C_R = 0.56 -> refused: the destinations after use together exceed 1",
        "X = 0 -> refused: not above the limit",
        "needed when F_R > 0",
        "if unknown 0",
    ):
        assert line in text
    assert "Grenzen: een getal van 0 of meer" in as_text(method, method.indicator("input_mass"), "nl")


def test_plain_data_say_the_same_as_the_text(method: Method) -> None:
    data = as_data(method, method.indicator("mci"))
    assert data["bounds"] == [0, 1]
    assert (data["rollup"], data["missing_data"], data["decisions"]) == ("sum_of_parts", "refuse", ["0007"])
    assert data["requires_of_parts"][0]["because"]["nl"] == "de aandelen van de grondstof zijn samen meer dan 1"
    assert data["explained"]["nl"]["missing_data"] == "zonder alle gegevens is er geen cijfer"
    assert data["source_text"].startswith("Ellen MacArthur Foundation")
    refused = [e for e in data["examples"] if e["expect"] == "refused"]
    assert {"given": {"X": 0}, "because": "not_above"}.items() <= {
        k: refused[4][k] for k in ("given", "because")
    }.items()
    for lang in ("nl", "en"):
        text = as_text(method, method.indicator("mci"), lang)
        for said in data["explained"][lang].values():
            assert all(part in text for part in ([said] if isinstance(said, str) else said))
