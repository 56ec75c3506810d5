"""The golden files' option: `pytest --update-goldens` writes them again."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Goldens are written only when asked for, and looked at before they are committed."""
    parser.addoption("--update-goldens", action="store_true", default=False, help="write the golden files again")
