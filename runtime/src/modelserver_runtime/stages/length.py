"""How long a text may be that is only tokenized: what generates vLLM bounds by the context, and this not at all.

A megabyte without spaces took its tokenizer 4 s in which nobody else was answered.
"""

from typing import Any

from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.stages.field_table import TOKENIZE

CHARACTERS_PER_TOKEN = 16  # English has four, and the longest words of vocabularies are seldom longer than this


class Longest:
    """Holds a text to be tokenized to what may fit into the context."""

    def __init__(self, max_context_tokens: int) -> None:
        self._most = CHARACTERS_PER_TOKEN * max_context_tokens

    def rewrite(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        """The body as it is; Refused (400) when it is too long."""
        if path == TOKENIZE and _characters(document) > self._most:
            message = f"The text is longer than {self._most} characters; no more can fit into the context."
            field = "prompt" if "prompt" in document else "messages"
            raise Refused(Refusal(400, "invalid_value", message, param=field))
        return document


def _characters(value: object) -> int:
    """Of all texts in a value, the names of fields with them."""
    count, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            count += len(each)
        elif isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
    return count
