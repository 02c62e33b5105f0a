"""Figures: vector graphics with a text that says what they show, and labels that do not touch."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import circularity as ce
from circularity.figures import Drawing
from circularity.figures.drawing import new_figure
from circularity.figures.material_flows import material_flows
from circularity.ledger.fieldlab import Fieldlab
from circularity.texts import Texts
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]


@pytest.fixture(scope="module", params=["nl", "en"])
def result(request: pytest.FixtureRequest, pv_in: Callable[[str], ce.Result]) -> ce.Result:
    return pv_in(request.param)


def drawings(result: ce.Result) -> list[Drawing]:
    return [result.plot.sankey(), result.plot.scores(), result.plot.series()]


def test_every_figure_is_svg_with_title_and_description(result: ce.Result) -> None:
    for drawing in drawings(result):
        svg = ElementTree.fromstring(drawing.svg())
        names = {e.tag.rpartition("}")[2]: e.text for e in svg[:2]}
        assert names["title"] == drawing.caption
        assert names["desc"] == drawing.alt
        assert len(drawing.alt) > 60
        assert svg.get("role") == "img"


def test_every_figure_of_a_reference_case_says_so(result: ce.Result) -> None:
    word = {"nl": "referentiegeval", "en": "reference case"}[result.lang]
    assert all(word in drawing.caption for drawing in drawings(result))


def test_a_figure_is_the_same_bytes_every_time(result: ce.Result) -> None:
    assert result.plot.scores().svg() == result.plot.scores().svg()
    assert result.plot.sankey().svg() == result.plot.sankey().svg()


def test_ids_on_one_page_do_not_clash(result: ce.Result) -> None:
    ids = [set(re.findall(r'\bid="([^"]+)"', d.svg())) for d in drawings(result)]
    assert not (ids[0] & ids[1] | ids[0] & ids[2] | ids[1] & ids[2])


@pytest.mark.parametrize("period", [2010, 2015, 2020])
def test_no_label_touches_another_or_leaves_the_figure(period: int, result: ce.Result) -> None:
    for drawing in (result.plot.sankey(period), result.plot.scores(period)):
        canvas = FigureCanvasAgg(drawing.figure)
        canvas.draw()
        boxes = [t.get_window_extent(canvas.get_renderer()) for t in drawing.figure.axes[0].texts]
        for i, one in enumerate(boxes):
            assert one.x0 >= 0
            assert one.x1 <= drawing.figure.bbox.width
            for other in boxes[i + 1 :]:
                assert not one.shrunk(0.98, 0.9).overlaps(other.shrunk(0.98, 0.9))


def test_a_figure_without_alternative_text_is_refused() -> None:
    figure, _ = new_figure(1, 1)
    with raises("AlternativeTextMissing"):
        Drawing(figure, "  ", "caption")


def test_the_sankey_carries_the_masses_of_the_ledger(pv: Fieldlab) -> None:
    nodes, links = material_flows(pv, 2020, Texts("en"))
    flows = pv.tables["flows"]
    now = flows[flows["period"] == 2020]
    by_role = (now.groupby("role")["mass"].sum() * pv.mass_unit).to_dict()
    assert sum(k.kg for k in links if k.source.startswith("origin")) == pytest.approx(by_role["input"])
    assert sum(k.kg for k in links if k.target == "product") == pytest.approx(by_role["product"])
    assert sum(k.kg for k in links if k.source == "end_of_life") == pytest.approx(by_role["end_of_life"])
    assert {k.source for k in links} | {k.target for k in links} <= {n.key for n in nodes}


def test_many_materials_are_taken_together(make_lab: Make, make_flow: Flow) -> None:
    materials = [
        "glass",
        "steel",
        "wood",
        "copper",
        "lead",
        "zinc",
        "silver",
        "paper",
        "food",
        "brick",
        "gypsum",
        "rubber",
        "asphalt",
    ]
    lab = make_lab([make_flow(mass=100 + i, material=m) for i, m in enumerate(materials)])
    nodes, _ = material_flows(lab, 2020, Texts("nl"))
    assert "overige materialen" in {n.label for n in nodes}


def test_names_from_data_are_escaped(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow()])
    hostile = "<script>alert(1)</script>"
    lab.description = lab.description.model_copy(update={"name": type(lab.description.name)(nl=hostile, en=hostile)})
    html = ce.assess(lab, draws=100).plot.sankey()._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_unknown_origin_is_drawn_as_unknown(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow(), make_flow(mass=50, origin="unknown")])
    assert "unknown → glass: 50.0 kg" in ce.assess(lab, draws=100).plot.sankey().alt


def test_a_figure_is_saved_whole(result: ce.Result, tmp_path: Any) -> None:
    result.plot.scores().save(tmp_path / "scores.svg")
    assert ElementTree.parse(tmp_path / "scores.svg")
    assert [p.name for p in tmp_path.iterdir()] == ["scores.svg"]


def test_a_flow_of_unknown_mass_is_told_and_not_drawn(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow(), make_flow(material="wood", mass="unknown")])
    drawing = ce.assess(lab, draws=100).plot.sankey()
    assert "Flows of unknown mass, not drawn: 1" in drawing.caption + drawing.alt
    nothing = make_lab([make_flow(mass="unknown")], name="nothing-known")
    assert "There is no flow of known mass." in ce.assess(nothing, draws=100).plot.sankey().alt


def test_a_period_that_is_not_there_is_named(result: ce.Result) -> None:
    for draw in (result.plot.sankey, result.plot.scores):
        with raises("UnknownPeriod", match="1999"):
            draw(1999)


def test_each_entity_has_a_line_of_its_own_with_its_name(make_lab: Make, make_flow: Flow) -> None:
    flows = [make_flow(period=year, product=p) for year in (2019, 2020) for p in ("chair", "table")]
    products = [
        {"product": p, "name": p.title(), "mass": 1, "unit": "kg", "lifetime": 5, "industry_lifetime": 5}
        for p in ("chair", "table")
    ]
    drawing = ce.assess(make_lab(flows, products, periods=(2019, 2020)), draws=100).plot.series()
    assert "Chair" in drawing.alt
    assert "Table" in drawing.alt


def test_a_figure_is_saved_as_svg_only(result: ce.Result, tmp_path: Path) -> None:
    with raises("UnknownFileType"):
        result.plot.series().save(tmp_path / "series.png")
    assert not list(tmp_path.iterdir())


def test_a_plot_says_what_it_can_draw(result: ce.Result) -> None:
    shown = repr(result.plot)
    assert all(f"{name}(" in shown for name in ("sankey", "scores", "series"))
