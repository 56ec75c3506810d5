"""The Messages API: text and calls of the caller's tools are shown; blocks are counted anew, as SDKs expect."""

from typing import Any

Document = dict[str, Any]

SHOWN_BLOCKS = frozenset({"text", "tool_use"})
FRAME = frozenset({"message_start", "message_delta", "message_stop", "ping"})
STARTED = "content_block_start"


class MessagesRedactor:
    """One request's answer."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}  # of the blocks shown: vLLM's place and ours

    def whole(self, document: Document) -> Document:
        """The message without thinking. Never without a block: some clients take the first one unasked."""
        content = [block for block in document["content"] if block["type"] in SHOWN_BLOCKS]
        shown = {**document, "content": content or [{"type": "text", "text": ""}]}
        seen = any(block["type"] == "tool_use" or block.get("text") for block in content)
        return shown if seen else _unnamed(shown)

    def event(self, document: Document) -> Document | None:
        """The event, or nothing where it is about a block that is not shown."""
        kind = document["type"]
        if kind == "message_delta" and not self._places:
            return {**document, "delta": _unnamed(document["delta"])}
        if kind in FRAME:
            return document
        place = self._place(kind, document)
        return None if place is None else {**document, "index": place}

    def _place(self, kind: str, document: Document) -> int | None:
        index = document.get("index", -1)
        if kind == STARTED and document["content_block"]["type"] in SHOWN_BLOCKS:
            self._places[index] = len(self._places)
        return self._places.get(index)


def _unnamed(end: Document) -> Document:
    """An end that does not name a stop string met where nothing was seen: it would confirm a guess."""
    if end.get("stop_reason") != "stop_sequence":
        return end
    return {**end, "stop_reason": "end_turn", "stop_sequence": None}
