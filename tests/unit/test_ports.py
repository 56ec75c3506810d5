"""Ports for tests: none that the kernel gives to others, none twice, and an end where all are taken."""

import socket
from contextlib import ExitStack
from itertools import pairwise

import pytest
from tests import ports
from tests.ports import SHARE, free_port, shares


@pytest.mark.parametrize(("low", "high"), [(32768, 60999), (1024, 29999), (10000, 65535), (16000, 65535)])
def test_none_is_one_that_the_kernel_gives(low: int, high: int) -> None:
    assert not [share for share in shares(low, high) if set(share) & set(range(low, high + 1))]


@pytest.mark.parametrize(("low", "high"), [(32768, 60999), (1024, 65535)])
def test_no_worker_has_one_of_another(low: int, high: int) -> None:
    assert len(shares(low, high)) > 8
    assert all(one.stop <= other.start for one, other in pairwise(sorted(shares(low, high), key=lambda it: it.start)))


def test_none_comes_twice_before_all_have_come() -> None:
    found = [free_port() for _ in range(SHARE // 2)]
    assert len(set(found)) == len(found)


def test_where_all_are_taken_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        taken = stack.enter_context(socket.create_server(("", 0))).getsockname()[1]
        monkeypatch.setattr(ports, "_PORTS", iter([taken] * SHARE))
        with pytest.raises(AssertionError, match="listens on each of 1000"):
            free_port()
