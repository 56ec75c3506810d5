"""What a load is: whom it asks, what, when, and for how long. The command makes it, the generator carries it out.

All durations are seconds.
"""

from __future__ import annotations

import math
import ssl
from dataclasses import dataclass, field
from enum import Enum

Headers = tuple[tuple[str, str], ...]
UNIQUE_DIGITS = 12  # hexadecimal: 48 bits, so that those of two loads begun anywhere hardly ever meet


class Family(Enum):
    """The API that a request speaks, which says what of its answer is a token and where its usage stands."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    RESPONSES = "responses"
    MESSAGES = "messages"
    PLAIN = "plain"  # no API for language models: bytes that come back, without tokens


@dataclass(frozen=True, slots=True)
class Destination:
    """Where connections go. `headers` are sent with each request, before its own; `prefix` stands before each path.

    `authority` is what the Host header says, where that is not the host and its port; with TLS it is also the name that
    the certificate has to bear, without its port.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    authority: str | None = None
    prefix: str = ""
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One of the requests to choose from. Its headers need no Host, Content-Length or Content-Type; a stream's answer
    is heard event by event. Where `unique_at` is said, UNIQUE_DIGITS digits that no other request has, of this load or
    of another, are written over what stands there in the body, so that no prompt's beginning is in a cache already."""

    scenario: str
    path: str
    body: bytes
    family: Family
    stream: bool
    headers: Headers = ()
    method: str = "POST"
    weight: float = 1.0
    unique_at: int | None = None


@dataclass(frozen=True, slots=True)
class Poisson:
    """Requests as from very many callers who know nothing of each other: `rate` a second on average, open loop."""

    rate: float


@dataclass(frozen=True, slots=True)
class Constant:
    """Requests at even distances, `rate` a second, open loop."""

    rate: float


@dataclass(frozen=True, slots=True)
class Closed:
    """Callers who each wait for their answer before they ask again. What they do not ask while a server is slow is
    never seen.

    Who was refused, or was not let in, waits besides, as a well-behaved client does: for as long as the refusal asks,
    but no longer than `most_pause`, and no shorter than `pause`, which is for those that ask for nothing, too.
    """

    clients: int
    pause: float = 0.5  # as the SDKs of OpenAI and Anthropic wait before they try again for the first time
    most_pause: float = 60.0  # the most that a ModelServer asks for; a test has ended before what is much longer has


Arrivals = Poisson | Constant | Closed


@dataclass(frozen=True, slots=True)
class Timeouts:
    """`connect` is for the connection and its TLS, `whole` from sent to end. Silence within that is no failure: an
    answer that is no stream is silent until it is complete, and a stream while it waits in the server's line."""

    connect: float = 10.0
    whole: float = 600.0


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """A load. After `warm_up` it is measured for `duration`, or until `count` requests were begun, or whichever comes
    first where both are said; one has to be. Then nothing new is begun, and what is open is heard to its end."""

    destination: Destination
    requests: tuple[Request, ...]
    arrivals: Arrivals
    warm_up: float = 0.0
    duration: float | None = None
    count: int | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    seed: int = 0
    noted_headers: tuple[str, ...] = ()  # of answers; in how many each value stood is counted
    most_connections: int = (
        20_000  # at once; what is due while all are taken waits, and is counted from when it was due
    )

    @property
    def end(self) -> float:
        """From this moment on nothing new is begun, whatever the count says."""
        return math.inf if self.duration is None else self.warm_up + self.duration
