"""Requests as the bytes that are sent, made once where they can be."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from itertools import count

from modelserver_operator.cli.loadtest.generating.plan import UNIQUE_DIGITS, Destination, Request

NUMBERS = 16**UNIQUE_DIGITS
SPREADS = 0x9E3779B97F4A7C15  # odd, so that a counter times it meets each of the numbers once; the golden ratio's


class Prepared:
    """A request, ready to be sent again and again. `scenario` is the index of its scenario."""

    __slots__ = ("_numbers", "_until", "_whole", "request", "scenario")

    def __init__(self, destination: Destination, request: Request, scenario: int, numbers: Iterator[int]) -> None:
        self.request, self.scenario = request, scenario
        head = _head(destination, request)
        self._whole, self._numbers = head + request.body, numbers
        self._until = None if request.unique_at is None else len(head) + request.unique_at

    def data(self) -> bytes:
        """The bytes of one more of it."""
        if self._until is None:
            return self._whole
        unique = b"%0*x" % (UNIQUE_DIGITS, next(self._numbers) * SPREADS % NUMBERS)
        return self._whole[: self._until] + unique + self._whole[self._until + UNIQUE_DIGITS :]


def prepared(destination: Destination, requests: Sequence[Request], scenarios: Sequence[str]) -> list[Prepared]:
    """All of them. What is unique in their bodies begins anywhere, whatever the plan's seed: a server remembers the
    prompts of the last load."""
    numbers = count(secrets.randbelow(NUMBERS))
    return [Prepared(destination, request, scenarios.index(request.scenario), numbers) for request in requests]


def _head(destination: Destination, request: Request) -> bytes:
    said = [*destination.headers, *request.headers]
    if request.body:
        said = [("Content-Type", "application/json"), *said, ("Content-Length", str(len(request.body)))]
    lines = [
        f"{request.method} {destination.prefix}{request.path} HTTP/1.1",
        f"Host: {destination.authority or _address(destination)}",
        *(f"{name}: {value}" for name, value in said),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _address(destination: Destination) -> str:
    """An IPv6 address has colons of its own."""
    return (
        f"[{destination.host}]:{destination.port}"
        if ":" in destination.host
        else f"{destination.host}:{destination.port}"
    )
