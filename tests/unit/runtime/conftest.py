"""A local hub with one small model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hub.hub import Hub
from tests.hub.server import serving
from tests.unit.runtime import downloads


@pytest.fixture
def model_hub() -> Iterator[Hub]:
    """A hub that serves until the test is over."""
    with serving(Hub({downloads.REPO: downloads.repository()})) as hub:
        yield hub


@pytest.fixture
def to(tmp_path: Path) -> Path:
    """Where the model goes; neither the folder nor its parent is there yet."""
    return tmp_path / "cache" / "acme--small" / "main"
