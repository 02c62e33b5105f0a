"""Measure and monitor a regional circular economy with a method that all parties can read.

>>> import circularity as ce
>>> method = ce.load_method()
>>> lab = ce.load_fieldlab("data/pv-module-factory")  # or ce.fieldlab(kind, flows=..., organisations=...)
>>> result = ce.assess(lab, method)
>>> result.indicators

This page is the whole of what is meant for use in Python, with the packages that can be used by themselves:
`importers`, `network`, `reconciliation`, `report`, `scoring` and `weighting`. What is wrong in data, method or call is
a `CircularityError`: ``error.code`` names it, ``error.text("nl")`` says it.
"""

from importlib import import_module
from typing import Any

from circularity.assessment.explain import Explanation as Explanation
from circularity.errors import CallError as CallError
from circularity.errors import CircularityError as CircularityError
from circularity.errors import ComputeError as ComputeError
from circularity.errors import DataFaults as DataFaults
from circularity.errors import FileError as FileError
from circularity.errors import MethodError as MethodError
from circularity.errors import MethodFaults as MethodFaults
from circularity.figures import Drawing as Drawing
from circularity.figures import Plot as Plot
from circularity.ledger.fieldlab import Fieldlab as Fieldlab
from circularity.ledger.fieldlab import load_fieldlab as load_fieldlab
from circularity.ledger.frames import fieldlab as fieldlab
from circularity.ledger.quality import geometric_sd as geometric_sd
from circularity.method.compute import Computed as Computed
from circularity.method.compute import compute as compute
from circularity.method.load import Method as Method
from circularity.method.load import load_method as load_method
from circularity.result import Result as Result
from circularity.result import assess as assess

__version__ = "0.5.0"

# Packages that can be used by themselves. Each is loaded when it is first asked for: some need SciPy.
PACKAGES = ("importers", "network", "reconciliation", "report", "scoring", "weighting")

__all__ = [
    "CallError",
    "CircularityError",
    "ComputeError",
    "Computed",
    "DataFaults",
    "Drawing",
    "Explanation",
    "Fieldlab",
    "FileError",
    "Method",
    "MethodError",
    "MethodFaults",
    "Plot",
    "Result",
    "__version__",
    "assess",
    "compute",
    "fieldlab",
    "geometric_sd",
    "importers",
    "load_fieldlab",
    "load_method",
    "network",
    "reconciliation",
    "report",
    "scoring",
    "weighting",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    if name in PACKAGES:
        return import_module(f"circularity.{name}")
    raise AttributeError(f"module 'circularity' has no attribute {name!r}")
