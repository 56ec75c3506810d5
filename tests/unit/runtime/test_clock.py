"""The clock of a real server; tests let a scripted one pass."""

import asyncio

import pytest
from tests.unit.runtime.scripted import PATIENCE_SECONDS

from modelserver_runtime.admission.clock import REAL


async def test_outside_of_tests_the_clock_is_the_loops() -> None:
    called = asyncio.Event()
    before = REAL.now()
    REAL.call_later(3600, lambda: pytest.fail("an hour has not passed")).cancel()
    REAL.call_later(0, called.set)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await called.wait()
    assert REAL.now() >= before
