"""What the program asks of a method: the code lists, tables and columns that it knows by name."""

from __future__ import annotations

from circularity.method.rows import CodeRow, MeasuredRow, RoleRow, UnitRow

VOCABULARIES: dict[str, type[CodeRow]] = {
    "destinations": CodeRow,
    "materials": CodeRow,
    "measured": MeasuredRow,
    "municipalities": CodeRow,
    "origins": CodeRow,
    "places": CodeRow,
    "roles": RoleRow,
    "units": UnitRow,
}

CODES: dict[str, tuple[str, ...]] = {
    "destinations": ("unknown",),
    "origins": ("unknown",),
    "roles": ("input", "product", "residue", "end_of_life"),
    "units": ("kg",),
}

# Kinds of the columns that the program reads by name, by table.
COLUMNS: dict[str, dict[str, str]] = {
    "organisations": {"organisation": "identifier", "name": "text", "municipality": "code"},
    "flows": {
        "period": "period", "from": "reference", "to": "reference", "role": "code", "product": "reference",
        "material": "code", "mass": "mass", "unit": "unit", "origin": "code", "destination": "code",
        "uncertainty": "number", "source": "text",
    },
    "products": {
        "product": "identifier", "name": "text", "parent": "reference", "organisation": "reference",
        "period": "period", "material": "code", "mass": "mass", "unit": "unit", "energy_rate": "number",
        "qualified_energy_rate": "number", "uncertainty": "number", "source": "text",
    },
    "measurements": {
        "entity": "reference", "period": "period", "quantity": "code", "value": "measure", "unit": "unit",
        "uncertainty": "number", "source": "text",
    },
}  # fmt: skip

# Pedigree scores whose variances are added; `factors/pedigree.csv` has each from 1 to 5.
PEDIGREE = ("reliability", "completeness", "temporal", "geographical", "technological")
# Scores that a set of that table may have too.
PEDIGREE_TOO = ("sample_size",)

# Tables that a fieldlab of any kind has.
TABLES_OF_A_FIELDLAB = ("organisations",)
# Columns of flows whose sums the vocabulary `roles` may ask for.
SCOPES = {"flows": "role", "measurements": "quantity"}
# Levels that figures are computed for.
LEVELS = ("product", "organisation", "fieldlab")
