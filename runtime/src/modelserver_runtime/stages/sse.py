"""Server-sent events out of a stream of bytes, wherever the stream was cut into pieces."""

import re

END = re.compile(rb"\r?\n\r?\n")
DATA = b"data: "
NAME = b"event: "


class Splitter:
    """Collects bytes and gives back whole events."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that `chunk` completes, each with the blank line that ends it."""
        if not self._rest and _is_one_line(chunk):
            return [chunk]
        buffer, start, events = self._rest + chunk, 0, []
        for end in END.finditer(buffer):
            events.append(buffer[start : end.end()])
            start = end.end()
        self._rest = buffer[start:]
        return events

    @property
    def empty(self) -> bool:
        """Whether nothing is left of an event that has not ended."""
        return not self._rest

    def rest(self) -> bytes:
        """What came after the last whole event."""
        rest, self._rest = self._rest, b""
        return rest


def data(event: bytes) -> bytes:
    """The payload of an event; empty when it has none (a comment)."""
    if _is_one_line(event):
        return event[len(DATA) : -2]
    lines = (line[5:].removeprefix(b" ") for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(lines)


def with_data(event: bytes, payload: bytes) -> bytes:
    """The same event with another payload of one line."""
    if _is_one_line(event):
        return DATA + payload + b"\n\n"
    others = [line for line in event.splitlines() if line and not line.startswith(b"data:")]
    return b"\n".join([*others, DATA + payload, b"", b""])


def named(event: bytes, name: str) -> bytes:
    """The same event under another name, if it has one."""
    if not event.startswith(NAME):
        return event
    return NAME + name.encode() + event[event.index(b"\n") :]


def _is_one_line(event: bytes) -> bool:
    """Whether it is a single line of data: what vLLM sends for each token of a chat, where microseconds count."""
    return (
        event.startswith(DATA)
        and event.find(b"\n") == len(event) - 2
        and event.endswith(b"\n\n")
        and b"\r" not in event
    )
