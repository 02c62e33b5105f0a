"""What a report says of an indicator that is a function."""

from collections.abc import Callable

import pytest

import circularity as ce
from circularity.ledger.fieldlab import Fieldlab
from circularity.report import Report
from tests.assessment.test_functions import CITY, LOOP, ORGANISATIONS


@pytest.mark.parametrize(("lang", "said"), [("nl", "Berekend door cycling_index"), ("en", "Computed by cycling_index")])
def test_a_report_says_by_what_a_figure_was_computed_and_where_that_comes_from(
    lang: str, said: str, make_lab: Callable[..., Fieldlab]
) -> None:
    products = [{"product": "p", "period": 2020, "name": "P", "organisation": "a", "mass": 1, "unit": "kg"}]
    lab = make_lab(LOOP, products, ORGANISATIONS, description=CITY)
    html = Report(ce.assess(lab, draws=100, lang=lang)).formulas().text
    assert said in html
    assert "enaR: An R package for Ecosystem Network Analysis" in html
