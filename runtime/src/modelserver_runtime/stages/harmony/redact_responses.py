"""The Responses API: messages and calls of the caller's functions are shown, every other item is the model's own.

What is not listed here is hidden. In a stream the places of items and the numbers of events are counted anew: SDKs put
the answer together by them.
"""

from typing import Any

from modelserver_runtime.stages.harmony.allowlist import of

Document = dict[str, Any]

RESPONSE = (
    *("id", "object", "created_at", "completed_at", "model", "status", "error", "incomplete_details", "usage"),
    # What was asked, said again.
    *("instructions", "metadata", "parallel_tool_calls", "temperature", "top_p", "tool_choice", "tools", "text"),
    *("background", "max_output_tokens", "max_tool_calls", "previous_response_id", "prompt", "reasoning"),
    *("service_tier", "truncation", "user", "top_logprobs", "presence_penalty", "frequency_penalty"),
)
ITEMS = {
    "message": ("id", "type", "role", "content", "status"),
    "function_call": ("id", "type", "call_id", "name", "arguments", "status"),
}
PARTS = {"output_text": ("type", "text", "annotations")}
WHOLE = frozenset(f"response.{word}" for word in ("created", "in_progress", "completed", "incomplete", "failed"))
ADDED = "response.output_item.added"
PLACED = ("type", "sequence_number", "output_index", "item_id", "content_index")
# Events about one item, and what each has besides PLACED.
EVENTS: dict[str, tuple[str, ...]] = {
    ADDED: ("item",),
    "response.output_item.done": ("item",),
    "response.content_part.added": ("part",),
    "response.content_part.done": ("part",),
    "response.output_text.delta": ("delta",),
    "response.output_text.done": ("text",),
    "response.function_call_arguments.delta": ("delta",),
    "response.function_call_arguments.done": ("name", "arguments"),
}


class ResponsesRedactor:
    """One request's answer."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}  # of the items shown: vLLM's place and ours
        self._items = 0
        self._events = 0

    def whole(self, document: Document) -> Document:
        """The response without reasoning; one without anything else was broken off, as vLLM says of an empty one."""
        output = [_item(item) for item in document["output"] if item["type"] in ITEMS]
        shown = {**of(document, RESPONSE), "output": output}
        if shown.get("status") == "completed" and not output:
            shown["status"] = "incomplete"
        return shown

    def events(self, document: Document) -> list[Document]:
        """The event, or nothing where it is about an item that is not shown."""
        shown = self._shown(document)
        if shown is None:
            return []
        if "sequence_number" in shown:
            shown["sequence_number"] = self._events
            self._events += 1
        return [shown]

    def _shown(self, document: Document) -> Document | None:
        kind = document["type"]
        if kind in WHOLE:
            return {**of(document, ("type", "sequence_number")), "response": self.whole(document["response"])}
        place = self._place(document) if kind in EVENTS else None
        return None if place is None else {**_about_an_item(document), "output_index": place}

    def _place(self, document: Document) -> int | None:
        """Where the item that an event is about stands among those shown; None: it is not one of them."""
        index = document.get("output_index", -1)
        if document["type"] == ADDED:
            self._places.pop(index, None)
            if document["item"]["type"] in ITEMS:
                self._places[index] = self._items
                self._items += 1
        return self._places.get(index)


def _about_an_item(document: Document) -> Document:
    shown = of(document, (*PLACED, *EVENTS[document["type"]]))
    if "item" in shown:
        shown["item"] = _item(shown["item"])
    if "part" in shown:
        shown["part"] = _part(shown["part"])
    if document["type"].startswith("response.output_text."):
        shown["logprobs"] = []  # SDKs expect a list
    return shown


def _item(item: Document) -> Document:
    """An item as it stands in a response: vLLM leaves numbers of its own in calls, which count what is hidden."""
    shown = of(item, ITEMS.get(item["type"], ("type",)))
    if shown.get("content"):
        shown["content"] = [_part(part) for part in shown["content"]]
    return shown


def _part(part: Document) -> Document:
    return of(part, PARTS.get(part["type"], ("type",)))
