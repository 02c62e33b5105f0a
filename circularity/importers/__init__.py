"""Registries and other tables made into a fieldlab, with a report of what became of every row."""

from circularity.importers.lma import import_lma
from circularity.importers.table import import_table

__all__ = ["import_lma", "import_table"]
