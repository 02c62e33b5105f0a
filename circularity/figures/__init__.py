"""Figures of a result: vector graphics with a text that says what they show."""

from circularity.figures.drawing import Drawing as Drawing
from circularity.figures.plot import Plot as Plot
