"""What a request to a model with channels may not ask, and what it never gets."""

from typing import Any

from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.stages.field_table import CHAT, COMPLETIONS

RAW_TEXT = Refusal(
    400,
    "not_supported",
    "This model speaks in channels, and raw text has none that would tell its reasoning from its answer: "
    "use /v1/chat/completions, /v1/responses or /v1/messages.",
)


def answerable(path: str, document: dict[str, Any]) -> dict[str, Any]:
    """The body with the reasoning switched off where vLLM has a switch (a Rewrite); the redactor stands behind it.

    Raises:
        Refused: 400 on the route that has raw text only.
    """
    if path == COMPLETIONS:
        raise Refused(RAW_TEXT)
    return {**document, "include_reasoning": False} if path == CHAT else document
