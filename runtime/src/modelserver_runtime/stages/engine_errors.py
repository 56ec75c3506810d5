"""vLLM's own errors as our refusals: its bodies have four shapes, of which only one is the family's on any route."""

import dataclasses
from typing import Any

import msgspec

from modelserver_runtime.refusals import BROKEN, ENGINE_REASON, INTERNAL, Refusal
from modelserver_runtime.stages import validation

# In a stream of the Messages API vLLM gives a type and no status.
STATUS_OF_TYPE = {"BadRequestError": 400, "NotFoundError": 404, "ServiceUnavailableError": 503}
# vLLM's EngineDeadError: it ends requests before the flag is up by which we notice the same.
DEAD = "EngineCore encountered an issue."
UNTOLD = "The engine could not do what was asked, or could not make an answer of what the model wrote."


def refusal(status: int, body: bytes) -> Refusal:
    """What an error answer of the engine's app says.

    Statuses of 500 keep no message: what went wrong inside is the log's to tell.
    """
    message, param = _words(_parsed(body))
    if status == 500:
        return BROKEN if message.startswith(DEAD) else INTERNAL
    return Refusal(status, ENGINE_REASON, message, param=param, retry_after=1 if status in (429, 503) else None)


def without_words(refusal: Refusal) -> Refusal:
    """The same for a model with something to hide, which a message may quote.

    What vLLM says of a request names the field; what it could not make an answer of, it says without one.
    """
    if refusal.reason != ENGINE_REASON or refusal.param is not None:
        return refusal
    return dataclasses.replace(refusal, message=UNTOLD)


def in_stream(payload: bytes) -> Refusal | None:
    """What an error event of the engine's app says; None for any other event."""
    if b'"error"' not in payload:  # the hot path: nothing to parse
        return None
    error = _parsed(payload).get("error")
    if error is None:
        return None
    details = error if isinstance(error, dict) else {}
    code = details.get("code")
    status = code if isinstance(code, int) else STATUS_OF_TYPE.get(str(details.get("type")), 500)
    return refusal(status, payload)


def _words(document: dict[str, Any]) -> tuple[str, str | None]:
    """Message and parameter: {"error": {...}}, {"error": "..."}, {"detail": ...} or {"message": ...}."""
    error = document.get("error", document)
    if isinstance(error, str):
        return error, None
    if not isinstance(error, dict):
        error = document
    message = error.get("message") or error.get("detail") or "The engine refused the request."
    param = error.get("param")
    return validation.plain(str(message), param if isinstance(param, str) and param else None)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return document if isinstance(document, dict) else {}
