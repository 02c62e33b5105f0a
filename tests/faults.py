"""Checks that an error with a code is raised."""

from typing import Any

import pytest

from circularity.errors import CircularityError


def raises(code: str, **more: Any) -> Any:
    """`pytest.raises` for an error of this package with `code`; `more` as there."""
    return pytest.raises(CircularityError, check=lambda error: error.code == code, **more)
