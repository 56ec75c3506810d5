"""Every way in which the runtime says no: one table of status × API family, and the words around it.

A refusal is written with the status of an OpenAI route. What an Anthropic route says instead stands in the table:
other type names, and 529 wherever an OpenAI route says 503.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

import msgspec


class Family(Enum):
    """Whose words a caller understands."""

    OPENAI = auto()
    RESPONSES = auto()  # OpenAI's bodies; its streams have named events and no [DONE]
    ANTHROPIC = auto()


class Shape(NamedTuple):
    """How one status is told to each family."""

    openai_type: str
    anthropic_status: int
    anthropic_type: str


# Anthropic's types: its API reference, "Errors". OpenAI's: its API reference and what its servers answer.
SHAPES = {
    400: Shape("invalid_request_error", 400, "invalid_request_error"),
    401: Shape("invalid_request_error", 401, "authentication_error"),
    403: Shape("invalid_request_error", 403, "permission_error"),
    404: Shape("invalid_request_error", 404, "not_found_error"),
    405: Shape("invalid_request_error", 405, "invalid_request_error"),
    408: Shape("invalid_request_error", 408, "invalid_request_error"),
    413: Shape("invalid_request_error", 413, "request_too_large"),
    415: Shape("invalid_request_error", 415, "invalid_request_error"),
    422: Shape("invalid_request_error", 400, "invalid_request_error"),
    429: Shape("rate_limit_error", 429, "rate_limit_error"),
    500: Shape("server_error", 500, "api_error"),
    501: Shape("server_error", 501, "api_error"),
    503: Shape("server_error", 529, "overloaded_error"),
    504: Shape("server_error", 504, "timeout_error"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One answer that is no answer; `reason` is its label in modelserver_requests_refused_total."""

    status: int
    reason: str
    message: str
    param: str | None = None
    retry_after: int | None = None  # seconds
    close: bool = False  # the connection is not to be used again
    headers: tuple[tuple[bytes, bytes], ...] = ()
    code: str | None = None  # where OpenAI's servers have a code of their own; else the reason is it

    def status_for(self, family: Family) -> int:
        """The HTTP status that a caller of `family` gets."""
        return self._shape().anthropic_status if family is Family.ANTHROPIC else self.status

    def headers_for_all(self) -> list[tuple[bytes, bytes]]:
        """Headers besides the content's, the same for every family."""
        headers = list(self.headers)
        if self.retry_after is not None:
            headers.append((b"retry-after", str(self.retry_after).encode()))
        if self.close:
            headers.append(CLOSE)
        return headers

    def body(self, family: Family, request_id: str) -> bytes:
        """The JSON error object."""
        return msgspec.json.encode(self._document(family, request_id))

    def event(self, family: Family, request_id: str) -> bytes:
        """The server-sent event that ends a stream which has already begun."""
        data = self.body(family, request_id)
        match family:
            case Family.ANTHROPIC:
                return b"event: error\ndata: " + data + b"\n\n"
            case Family.RESPONSES:
                document = {"type": "error", **self._document(family, request_id)}
                return b"event: error\ndata: " + msgspec.json.encode(document) + b"\n\n"
            case Family.OPENAI:
                return b"data: " + data + b"\n\ndata: [DONE]\n\n"

    def _shape(self) -> Shape:
        return SHAPES.get(self.status) or SHAPES[400 if self.status < 500 else 500]

    def _document(self, family: Family, request_id: str) -> dict[str, object]:
        if family is Family.ANTHROPIC:
            told = {"type": self._shape().anthropic_type, "message": self.message}
            return {"type": "error", "error": told, "request_id": request_id}
        code = None if self.reason == ENGINE_REASON else self.code or self.reason
        error = {"message": self.message, "type": self._shape().openai_type, "param": self.param, "code": code}
        return {"error": error}


CLOSE = (b"connection", b"close")
LONGEST_ECHO = 100  # characters of a caller's string that a message repeats
ENGINE_REASON = "engine"  # the engine's app refused, not we

# Every reason that there is. Each is counted from 0 on: what rises from nothing to 1 is no rise to Prometheus.
REASONS = (
    "unknown_route",
    "wrong_method",
    "invalid_key",
    "cors",
    "request_rate",
    "token_rate",
    "unsupported_content_type",
    "invalid_json",
    "body_too_large",
    "slow_body",
    "unknown_field",
    "not_supported",
    "invalid_value",
    "max_tokens_over_limit",
    "model_required",
    "model_not_found",
    "waiting_line_full",
    "refused_early",
    "too_many_sequences",
    "emotions_disabled",
    "unknown_emotion",
    "emotion_scale_invalid",
    "emotion_conflict",
    "emotion_too_strong",
    "too_many_mixes",
    "queue_timeout",
    "deadline",
    "starting",
    "draining",
    "drain_limit",
    "stalled",
    "breaker_open",
    "broken",
    "internal",
    "engine",
)


class Refused(Exception):  # noqa: N818 - an outcome, no error
    """Raised by a stage that does not let a request on."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class ClientGone(Exception):  # noqa: N818 - an outcome, no error
    """The caller has hung up; there is nobody to answer. `phase` is body, waiting or running."""

    def __init__(self, phase: str) -> None:
        super().__init__(phase)
        self.phase = phase


INTERNAL = Refusal(500, "internal", "The server failed to answer; its log has the reason under this request id.")
STARTING = Refusal(503, "starting", "The model is still loading.", retry_after=5)
STALLED = Refusal(503, "stalled", "The engine has stopped making progress.", retry_after=5)
BROKEN = Refusal(503, "broken", "The engine has stopped; the server is about to restart.", retry_after=5, close=True)
DRAINING = Refusal(503, "draining", "This server is shutting down.", retry_after=1, close=True)
# The caller's deadline has passed too: trying again would double the load and end the same way.
DEADLINE = Refusal(504, "deadline", "The request took longer than allowed.", headers=((b"x-should-retry", b"false"),))
DRAIN_LIMIT = Refusal(503, "drain_limit", "The server shut down before the answer was complete.", close=True)


def waiting_line_full(retry_after: int) -> Refusal:
    """All slots are taken and nobody else may wait."""
    return Refusal(429, "waiting_line_full", "The server is at capacity; try again later.", retry_after=retry_after)


def refused_early(retry_after: int) -> Refusal:
    """The line fills, and chance was against the newcomer."""
    return Refusal(429, "refused_early", "The server is close to capacity; try again later.", retry_after=retry_after)


def queue_timeout(retry_after: int) -> Refusal:
    """No slot came free in time."""
    return Refusal(503, "queue_timeout", "No capacity came free in time; try again later.", retry_after=retry_after)
