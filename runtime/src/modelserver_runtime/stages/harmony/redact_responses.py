"""The Responses API: messages and calls of the caller's functions are shown, every other item is the model's own.

In a stream the places of items and the numbers of events are counted anew: SDKs put the answer together by them.
"""

from typing import Any

Document = dict[str, Any]

SHOWN_ITEMS = frozenset({"message", "function_call"})
RAW = ("input_messages", "output_messages")  # the conversation in Harmony's own form
ADDED = "response.output_item.added"


class ResponsesRedactor:
    """One request's answer."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}  # of the items shown: vLLM's place and ours
        self._items = 0
        self._events = 0

    def whole(self, document: Document) -> Document:
        """The response without reasoning; one without anything else was broken off, as vLLM says of an empty one."""
        shown = {name: value for name, value in document.items() if name not in RAW}
        shown["output"] = [_item(item) for item in document["output"] if item["type"] in SHOWN_ITEMS]
        if shown.get("status") == "completed" and not shown["output"]:
            shown["status"] = "incomplete"
        return shown

    def event(self, document: Document) -> Document | None:
        """The event, or nothing where it is about an item that is not shown."""
        shown = self._shown(document)
        if shown is not None and "sequence_number" in shown:
            shown["sequence_number"] = self._events
            self._events += 1
        return shown

    def _shown(self, document: Document) -> Document | None:
        if "response" in document:
            return {**document, "response": self.whole(document["response"])}
        place = self._place(document)
        if place is None:
            return None
        shown = {**document, "output_index": place}
        return {**shown, "item": _item(document["item"])} if "item" in document else shown

    def _place(self, document: Document) -> int | None:
        """Where the item that an event is about stands among those shown; None: it is not one of them."""
        index = document.get("output_index", -1)
        if document["type"] == ADDED:
            self._places.pop(index, None)
            if document["item"]["type"] in SHOWN_ITEMS:
                self._places[index] = self._items
                self._items += 1
        return self._places.get(index)


def _item(item: Document) -> Document:
    """An item as it stands in a response: vLLM leaves numbers of its own in calls, which count what is hidden."""
    return {name: value for name, value in item.items() if name not in ("output_index", "sequence_number")}
