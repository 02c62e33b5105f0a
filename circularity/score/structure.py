"""The score structure of the method as the structure of a composite indicator."""

from __future__ import annotations

from circularity.method.load import Method
from circularity.score.targets import current_targets
from circularity.scoring.structure import Node, Structure


def structure_of(method: Method) -> Structure:
    """The rows of ``scores.csv`` as a structure; the target of an indicator is the one its row names."""
    targets = current_targets(method).set_index("target")["value"]
    return Structure(
        {
            row.code: Node(
                code=row.code,
                parent=row.parent,
                level=row.level,
                weight=row.weight,
                direction=-1 if row.direction == "lower_is_better" else 1,
                goalposts=None if row.lower is None or row.upper is None else (row.lower, row.upper),
                target=float(targets[row.target]) if row.target else None,
                aggregation="" if row.aggregation == "goalposts" else row.aggregation,
                treatment=row.treatment,
                normalisation="goalposts" if row.aggregation == "goalposts" else "",
                denominator="",
                unit=method.indicators[row.code].unit if row.code in method.indicators else "",
                name={"nl": row.nl, "en": row.en},
            )
            for row in method.score_rows
        }
    )
