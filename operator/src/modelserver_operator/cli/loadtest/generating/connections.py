"""One connection: HTTP/1.1 over asyncio's transports, with as little between the socket and the clock as can be."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from contextlib import suppress
from typing import Protocol

import httptools

from modelserver_operator.cli.loadtest.generating.exchange import Exchange
from modelserver_operator.cli.loadtest.generating.recorded import Outcome

FRAMES = (b"content-length", b"transfer-encoding")  # they say where an answer ends
MOST_VALUES = 50  # of a noted header
MOST_OF_PLACE = 200  # characters of where an answer sends whoever asked


class Owner(Protocol):
    """Who has the connections."""

    noted: dict[bytes, Counter[str]]  # headers of answers whose values are counted, by their names in small letters

    def ended(self, connection: Connection, exchange: Exchange, outcome: Outcome, kind: str) -> None:
        """A request has ended; the connection may be there no longer."""

    def lost(self, connection: Connection) -> None:
        """The connection has ended."""


class Connection(asyncio.Protocol):
    """A connection and the request that is under way on it, if one is."""

    __slots__ = ("_framed", "_owner", "_parser", "_transport", "exchange", "heard_at", "keeps")

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._framed = False
        self.exchange: Exchange | None = None
        self.heard_at = 0.0  # when the last byte came, or the request was sent
        self.keeps = True  # it can be asked again

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to write to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, exchange: Exchange) -> None:
        """Send a request; no other is under way."""
        assert self._transport
        self.exchange, self._framed = exchange, False
        exchange.sent = self.heard_at = time.monotonic()
        self._transport.write(exchange.prepared.data())

    def data_received(self, data: bytes) -> None:
        """Take note of when it came before anything else."""
        self.heard_at = time.monotonic()
        exchange = self.exchange
        if exchange is None:  # nobody asked
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.give_up(Outcome.FAILED, "no HTTP")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of the answer's headers."""
        name = name.lower()
        if name in FRAMES:
            self._framed = True
        elif name in self._owner.noted:
            self._note(self._owner.noted[name], value.decode("latin-1"))
        elif name == b"retry-after" and self.exchange:
            self.exchange.retry_after = _seconds(value)
        elif name == b"location" and self.exchange:
            self.exchange.leads_to = value.partition(b"?")[0].decode("latin-1")[:MOST_OF_PLACE]

    def on_headers_complete(self) -> None:
        """The head is there, or one that only announces it (1xx)."""
        assert self.exchange
        if self._announces:
            return
        self.keeps = self._parser.should_keep_alive()
        self.exchange.answered(self._parser.get_status_code())

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        assert self.exchange
        self.exchange.heard(piece, self.heard_at)

    def on_message_complete(self) -> None:
        """The answer has ended, or a head that only announces it."""
        assert self.exchange
        if self._announces:
            return
        self._end(*self.exchange.became())

    @property
    def _announces(self) -> bool:
        """Such as 103: the answer is still to come."""
        return bool(self._parser.get_status_code() < 200)

    def connection_lost(self, error: Exception | None) -> None:
        """An answer that does not say where it ends, ends here; any other is cut."""
        self.keeps = False
        self._owner.lost(self)
        if self.exchange is None:
            return
        if not self.exchange.status:
            self._end(Outcome.FAILED, "connection closed before any answer")
        elif self._framed or error:
            self._end(Outcome.CUT, "connection closed within the answer")
        else:
            self._end(*self.exchange.became())

    def give_up(self, outcome: Outcome, kind: str) -> None:
        """End the request here, and the connection with it."""
        self.close()
        self._end(outcome, kind)

    def close(self) -> None:
        """Close, whatever is still to come."""
        assert self._transport
        self.keeps = False
        self._transport.abort()

    def _end(self, outcome: Outcome, kind: str) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange:
            self._owner.ended(self, exchange, outcome, kind)

    @staticmethod
    def _note(values: Counter[str], value: str) -> None:
        if value in values or len(values) < MOST_VALUES:
            values[value] += 1


def _seconds(value: bytes) -> float:
    """Of a Retry-After; nan where it is none, since a date is allowed, too."""
    with suppress(ValueError):
        seconds = float(value)
        return seconds if math.isfinite(seconds) else math.nan
    return math.nan
