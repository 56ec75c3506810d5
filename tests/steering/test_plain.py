"""A request that nothing steers is answered as if there were no plugin, to the last bit."""

from typing import Any

import pytest
from tests.steering.conftest import Warm


@pytest.mark.parametrize(
    "options", [{}, pytest.param({"enforce_eager": False}, marks=pytest.mark.long)], ids=["eager", "compiled"]
)
def test_unsteered_answers_are_those_of_an_engine_without_the_plugin(warm: Warm, options: dict[str, Any]) -> None:
    found = warm.found("plain_cases.replayed", options=options)

    assert found == {"requests": 16, "none": 0, "scale_0": 0, "scale_001": 16}
