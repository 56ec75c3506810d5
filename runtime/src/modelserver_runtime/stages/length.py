"""How long a text may be that is only tokenized: what generates is bounded by its slots and the context, this is not.

vLLM tokenizes in one thread, one text after another, at about two microseconds a character: whatever prompt comes
behind a megabyte waits for two seconds, on a busy processor for four.
"""

from typing import Any

from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.stages.routes import COUNT, TOKENIZE

CHARACTERS_PER_TOKEN = 16  # English has four, and the longest words of vocabularies are seldom longer than this
MOST_CHARACTERS = 524_288  # whatever the context: a second of the tokenizer's, or 128k tokens of English


class Longest:
    """Holds a text to be tokenized to what may fit into the context, and to what the tokenizer can do in a second."""

    def __init__(self, max_context_tokens: int) -> None:
        fitting = CHARACTERS_PER_TOKEN * max_context_tokens
        self._most = {TOKENIZE: min(fitting, MOST_CHARACTERS), COUNT: MOST_CHARACTERS}

    def rewrite(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        """The body as it is; Refused (400) when it is too long."""
        most = self._most.get(path)
        if most is not None and _characters(document) > most:
            message = f"The text is longer than {most} characters; no more is tokenized."
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
