"""What can go wrong between operator and API server, sorted by what to do about it. The HTTP error is the cause."""

import json
from typing import Any

from kubernetes.aio.client.exceptions import ApiException

# 401: tokens rotate, and an API server that has just started may not know them yet.
# 410: a list took so long that its continue token is too old. 0: the answer was not an API server's.
RETRIED = frozenset({0, 401, 408, 410, 429})

# An apply with a field that this Kubernetes does not have is answered with 500, though it can never succeed.
UNKNOWN_FIELD = "failed to create typed patch object"

# Until the API server has learnt of a kind that is new to it, it refuses those who would be owned by one with a 403.
NOT_YET_KNOWN = "cannot find RESTMapping"


class ClusterError(Exception):
    """Any failed call. `status` is the HTTP status (0: no answer), `reason` Kubernetes' own word for it."""

    def __init__(self, message: str, *, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class Unavailable(ClusterError):  # noqa: N818 (the four kinds are named as the design names them)
    """The API server cannot answer now: try again, not before `retry_after` seconds."""

    def __init__(self, message: str, *, status: int = 0, reason: str = "", retry_after: float = 0.0) -> None:
        super().__init__(message, status=status, reason=reason)
        self.retry_after = retry_after


class Rejected(ClusterError):  # noqa: N818
    """The API server understood and refused: the same request will fail again until somebody changes something."""


class NotFound(Rejected):
    """The object, its namespace or its kind does not exist."""


class Conflict(ClusterError):  # noqa: N818
    """The object is not the one that was read: read again."""


class NotLeading(ClusterError):  # noqa: N818
    """This process may not write, or no longer: nothing was sent."""


def from_http(error: ApiException) -> ClusterError:
    """Sort an HTTP error into the tree; the message is the API server's own."""
    answer = _status_of(error)
    status, reason = int(error.status or 0), str(answer.get("reason") or error.reason or "")
    message = str(answer.get("message") or error.reason or f"HTTP status {status}")
    passes = status in RETRIED or status >= 500 or NOT_YET_KNOWN in message
    if passes and not message.startswith(UNKNOWN_FIELD):
        return Unavailable(message, status=status, reason=reason, retry_after=_retry_after(error, answer))
    if status == 409 or _is_another_uid(answer):
        return Conflict(message, status=status, reason=reason)
    refused = NotFound if status == 404 else Rejected
    return refused(message, status=status, reason=reason)


def _status_of(error: ApiException) -> dict[str, Any]:
    """The Status object in the body; empty when something else answered, a proxy for instance."""
    try:
        answer = json.loads(error.body or "")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _is_another_uid(answer: dict[str, Any]) -> bool:
    """An apply with the uid of a former object is answered with 422 on an immutable field, though it is a lost race."""
    return any(cause.get("field") == "metadata.uid" for cause in (answer.get("details") or {}).get("causes") or [])


def _retry_after(error: ApiException, answer: dict[str, Any]) -> float:
    header = (error.headers or {}).get("Retry-After")
    seconds = header or (answer.get("details") or {}).get("retryAfterSeconds") or 0
    try:
        return max(0.0, float(seconds))
    except ValueError:  # the header may also hold a date; our own backoff is as good
        return 0.0
