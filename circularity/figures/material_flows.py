"""From the flows of a period to the nodes and links of a Sankey diagram."""

from __future__ import annotations

import pandas as pd

from circularity.figures.drawing import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, YELLOW
from circularity.figures.sankey import Link, Node
from circularity.ledger.booking import postings
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.vocabulary import Vocabulary
from circularity.tables.cells import UNKNOWN
from circularity.texts import Texts

MOST_MATERIALS = 10
OTHER = "other materials"

# Colours by the top of the code tree and, below it, by code: circular in greens and blues, the rest in warm and grey.
COLOURS = {
    "secondary": GREEN, "reused": SKY, "sustainable": YELLOW, "primary": GREY, "unsustainable": ORANGE,
    "available": GREEN, "reuse": SKY, "biological": YELLOW, "lost": RED, "energy_recovery": ORANGE,
}  # fmt: skip


def colour(code: str, vocabulary: Vocabulary) -> str:
    """The colour of a code: its own, or that of the nearest code above it."""
    return next((COLOURS[c] for c in vocabulary.ancestors(code) if c in COLOURS), GREY)


def material_flows(fieldlab: Fieldlab, period: int, texts: Texts) -> tuple[list[Node], list[Link]]:
    """Nodes and links: origin, material, then where the material went.

    Material that left use comes from products of earlier periods, so it has a node of its own at the left.
    """
    method = fieldlab.method
    vocabulary = method.vocabularies
    flows = fieldlab.tables["flows"]
    flows = flows[flows["period"] == period].reset_index(drop=True)
    booked = postings(flows, "flows", method)
    organisations = set(fieldlab.tables["organisations"]["organisation"])
    outside = booked[~booked["other"].isin(list(organisations))]
    rows = flows.iloc[outside["line"]].assign(booked=outside["role"].to_numpy())
    rows["kg"] = rows["mass"] * fieldlab.mass_unit
    rows["material"] = _grouped(rows)
    lang = texts.lang

    def label(name: str, code: str) -> str:
        return texts("figure.other_materials") if code == OTHER else vocabulary[name].label(code, lang)

    links: list[Link] = []
    for (origin, material), kg in _sum(rows[rows["booked"] == "input"], ["origin", "material"]):
        links.append(Link(f"origin {origin}", f"material {material}", kg, colour(origin, vocabulary["origins"])))
    for (material,), kg in _sum(rows[rows["booked"] == "product"], ["material"]):
        links.append(Link(f"material {material}", "product", kg, BLUE))
    for (material, destination), kg in _sum(rows[rows["booked"] == "residue"], ["material", "destination"]):
        shade = colour(destination, vocabulary["destinations"])
        links.append(Link(f"material {material}", f"destination {destination}", kg, shade))
    for (destination,), kg in _sum(rows[rows["booked"] == "end_of_life"], ["destination"]):
        shade = colour(destination, vocabulary["destinations"])
        links.append(Link("end_of_life", f"destination {destination}", kg, shade))

    nodes = []
    for origin in [*vocabulary["origins"].codes]:
        hatch = "////" if origin == UNKNOWN else ""
        nodes.append(
            Node(f"origin {origin}", label("origins", origin), 0, colour(origin, vocabulary["origins"]), hatch)
        )
    order = rows.groupby("material")["kg"].sum().sort_values(ascending=False).index
    for material in [m for m in order if m != OTHER] + [OTHER]:
        nodes.append(Node(f"material {material}", label("materials", material), 1, GREY))
    nodes.append(Node("end_of_life", texts("figure.end_of_life"), 1, PURPLE))
    nodes.append(Node("product", texts("figure.in_use"), 2, BLUE))
    for destination in vocabulary["destinations"].codes:
        hatch = "////" if destination == UNKNOWN else ""
        shade = colour(destination, vocabulary["destinations"])
        nodes.append(Node(f"destination {destination}", label("destinations", destination), 2, shade, hatch))
    return nodes, links


def _grouped(rows: pd.DataFrame) -> pd.Series[str]:
    """Materials, the smallest of many taken together."""
    total = rows.groupby("material")["kg"].sum().sort_values(ascending=False)
    kept = set(total.index[:MOST_MATERIALS]) if len(total) > MOST_MATERIALS + 1 else set(total.index)
    return rows["material"].where(rows["material"].isin(list(kept)), OTHER)


def _sum(rows: pd.DataFrame, keys: list[str]) -> list[tuple[tuple[str, ...], float]]:
    if rows.empty:
        return []
    sums = rows.groupby(keys)["kg"].sum()
    return [(k if isinstance(k, tuple) else (k,), float(v)) for k, v in sums.items()]
