"""Chat completions: what is not listed here is hidden.

`logprobs` say token by token what the model wrote, reasoning too: there are none. vLLM's `stop_reason` says where it
stopped, which may be in the reasoning: there is only ours, of a stop string that was met in what is shown.
"""

from typing import Any

from modelserver_runtime.stages.harmony.allowlist import of
from modelserver_runtime.stages.harmony.stops import Cut

Document = dict[str, Any]

ANSWER = ("id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier")
CHOICE = ("index", "finish_reason")
MESSAGE = ("role", "content", "refusal", "annotations", "function_call", "tool_calls")


class ChatRedactor:
    """One request's answer, of one choice or several, each of which ends where one of `stops` is met."""

    def __init__(self, stops: tuple[str, ...] = ()) -> None:
        self._stops = stops
        self._cuts: dict[int, Cut] = {}  # by the choice's index

    def whole(self, document: Document) -> Document:
        """The answer without reasoning."""
        choices = [self._choice(choice, "message") for choice in document["choices"]]
        return {**of(document, ANSWER), "choices": choices}

    def events(self, document: Document) -> list[Document]:
        """The event, or nothing where only reasoning was added, or what stands behind a stop string."""
        going_on = [choice for choice in document["choices"] if self._cut(choice).met is None]
        choices = [self._choice(choice, "delta") for choice in going_on]
        shown = [choice for choice in choices if choice["delta"] or choice.get("finish_reason")]
        if document["choices"] and not shown:
            return []
        return [{**of(document, ANSWER), "choices": shown}]

    def _cut(self, choice: Document) -> Cut:
        return self._cuts.setdefault(choice["index"], Cut(self._stops))

    def _choice(self, choice: Document, key: str) -> Document:
        cut, message = self._cut(choice), of(choice[key], MESSAGE)
        over = bool(choice.get("finish_reason") or message.get("tool_calls"))
        message = _said(message, cut, over=over, whole=key == "message")
        shown = {**of(choice, CHOICE), key: message, "logprobs": None}
        if cut.met is not None:
            shown |= {"finish_reason": "stop", "stop_reason": cut.met}
        elif "stop_reason" in choice:
            shown["stop_reason"] = None
        return shown


def _said(message: Document, cut: Cut, *, over: bool, whole: bool) -> Document:
    """A message, or the part of one in an event, up to the stop string; `over`: no more text comes."""
    content = message.pop("content", None)
    text = cut.text(content or "") + (cut.rest() if over else "")
    if cut.met is not None:
        message.pop("tool_calls", None)  # they were called after what was said
    if whole or text or content == "":
        message["content"] = content if content is None and not text else text
    return message
