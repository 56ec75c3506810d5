"""The Messages API: text and calls of the caller's tools are shown; blocks are counted anew, as SDKs expect.

What is not listed here is hidden. A stop sequence is named only where we met it, in what is shown.
"""

from typing import Any

from modelserver_runtime.stages.harmony.allowlist import of
from modelserver_runtime.stages.harmony.stops import Cut

Document = dict[str, Any]

MESSAGE = ("id", "type", "role", "model", "stop_reason", "stop_sequence", "usage")
BLOCKS = {"text": ("type", "text"), "tool_use": ("type", "id", "name", "input")}
DELTAS = {"text_delta": ("type", "text"), "input_json_delta": ("type", "partial_json")}
END = ("stop_reason", "stop_sequence")
EMPTY = {"type": "text", "text": ""}


class MessagesRedactor:
    """One request's answer, which ends where one of `stops` is met."""

    def __init__(self, stops: tuple[str, ...] = ()) -> None:
        self._stops = stops
        self._cut = Cut(stops)  # of the block that is being written
        self._places: dict[int, int] = {}  # of the blocks shown: vLLM's place and ours

    def whole(self, document: Document) -> Document:
        """The message without thinking. Never without a block: some clients take the first one unasked."""
        blocks = (block for block in document["content"] if block["type"] in BLOCKS)
        content = [self._block(block) for block in blocks if self._cut.met is None]
        return {**of(document, MESSAGE), "content": content or [EMPTY], **self._end(document)}

    def events(self, document: Document) -> list[Document]:
        """What becomes of an event: nothing where it is about a block that is not shown."""
        kind = document["type"]
        if kind == "message_start":
            return [{"type": kind, "message": self._started(document["message"])}]
        if kind == "message_delta":
            return [{**of(document, ("type", "usage")), "delta": self._end(document["delta"])}]
        if kind in ("message_stop", "ping"):
            return [{"type": kind}]
        return self._about_a_block(kind, document)

    def _started(self, message: Document) -> Document:
        return {**of(message, MESSAGE), "content": [], "stop_reason": None, "stop_sequence": None}

    def _about_a_block(self, kind: str, document: Document) -> list[Document]:
        index = document.get("index", -1)
        if kind == "content_block_start":
            return self._begun(index, document["content_block"])
        if index not in self._places:
            return []
        place = self._places[index]
        if kind == "content_block_delta":
            return self._delta(place, document["delta"])
        if kind == "content_block_stop":
            return [*_text(place, self._cut.rest()), {"type": kind, "index": place}]
        return []

    def _begun(self, index: int, block: Document) -> list[Document]:
        if block["type"] not in BLOCKS or self._cut.met is not None:
            return []
        self._places[index] = len(self._places)
        self._cut = Cut(self._stops)
        shown = of(block, BLOCKS[block["type"]])
        text = self._cut.text(shown.get("text") or "")
        began = {**shown, "text": text} if block["type"] == "text" else shown
        return [{"type": "content_block_start", "index": self._places[index], "content_block": began}]

    def _delta(self, place: int, delta: Document) -> list[Document]:
        if delta.get("type") not in DELTAS:
            return []
        if delta["type"] == "text_delta":
            return _text(place, self._cut.text(delta.get("text") or ""))
        return [{"type": "content_block_delta", "index": place, "delta": of(delta, DELTAS[delta["type"]])}]

    def _block(self, block: Document) -> Document:
        shown = of(block, BLOCKS[block["type"]])
        if block["type"] != "text":
            return shown
        self._cut = Cut(self._stops)
        return {**shown, "text": self._cut.text(block.get("text") or "") + self._cut.rest()}

    def _end(self, document: Document) -> Document:
        """How the message ended. vLLM is told of no stop sequence: what it met is not for the caller."""
        if self._cut.met is not None:
            return {"stop_reason": "stop_sequence", "stop_sequence": self._cut.met}
        if document.get("stop_reason") == "stop_sequence":
            return {"stop_reason": "end_turn", "stop_sequence": None}
        return {**of(document, ("stop_reason",)), "stop_sequence": None}


def _text(place: int, text: str) -> list[Document]:
    delta = {"type": "text_delta", "text": text}
    return [{"type": "content_block_delta", "index": place, "delta": delta}] if text else []
