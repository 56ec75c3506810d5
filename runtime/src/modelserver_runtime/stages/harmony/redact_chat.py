"""Chat completions: fields that may be shown, by name; what vLLM adds one day is hidden until it is listed here.

`logprobs` say token by token what the model wrote, reasoning too: there are none. A stop string that was met where
nothing could be seen is not named: it would confirm a guess at what is hidden.
"""

from typing import Any

Document = dict[str, Any]

ANSWER = ("id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier")
CHOICE = ("index", "finish_reason", "stop_reason")
MESSAGE = ("role", "content", "refusal", "annotations", "function_call", "tool_calls")


class ChatRedactor:
    """One request's answer, of one choice or several."""

    def __init__(self) -> None:
        self._seen: set[int] = set()  # choices of which something was shown

    def whole(self, document: Document) -> Document:
        """The answer without reasoning."""
        choices = [self._choice(choice, "message") for choice in document["choices"]]
        return {**_of(document, ANSWER), "choices": choices}

    def event(self, document: Document) -> Document | None:
        """The event, or nothing where only reasoning was added."""
        choices = [self._choice(choice, "delta") for choice in document["choices"]]
        shown = [choice for choice in choices if choice["delta"] or choice.get("finish_reason")]
        if choices and not shown:
            return None
        return {**_of(document, ANSWER), "choices": shown}

    def _choice(self, choice: Document, key: str) -> Document:
        message = _of(choice[key], MESSAGE)
        if message.get("content") or message.get("tool_calls"):
            self._seen.add(choice["index"])
        stopped = choice.get("stop_reason")
        if isinstance(stopped, str) and choice["index"] not in self._seen:
            choice = {**choice, "stop_reason": None}
        return {**_of(choice, CHOICE), key: message, "logprobs": None}


def _of(mapping: Document, names: tuple[str, ...]) -> Document:
    return {name: mapping[name] for name in names if name in mapping}
