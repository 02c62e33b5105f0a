"""Columns of text with the column of theirs that every text was written in."""

import numpy as np
import pyarrow as pa

from circularity.importers.encoded import OURS, EncodedColumn, numbers_of
from circularity.tables.numbers import find_notation


def test_a_number_cell_has_a_decimal_point_whatever_the_notation_of_the_texts() -> None:
    texts = pa.array(["812.125", "640,5", "1,5"])
    # The same text once in a number cell, once in a text cell of a column with decimal commas.
    column = EncodedColumn(texts, np.array([0, 1, 2, 0]), np.array([OURS, 0, 0, 0]))
    found = numbers_of(column, [find_notation(column.written(column.origins == 0))])
    assert found.values.tolist() == [812.125, 640.5, 1.5, 812125]
    assert found.guessed.tolist() == [False, False, False, True]
