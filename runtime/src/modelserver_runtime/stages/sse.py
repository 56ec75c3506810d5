"""Server-sent events out of a stream of bytes, wherever the stream was cut into pieces."""

import re

END = re.compile(rb"\r?\n\r?\n")


class Splitter:
    """Collects bytes and gives back whole events."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that `chunk` completes, each with the blank line that ends it."""
        buffer, start, events = self._rest + chunk, 0, []
        for end in END.finditer(buffer):
            events.append(buffer[start : end.end()])
            start = end.end()
        self._rest = buffer[start:]
        return events

    def rest(self) -> bytes:
        """What came after the last whole event."""
        rest, self._rest = self._rest, b""
        return rest


def data(event: bytes) -> bytes:
    """The payload of an event; empty when it has none (a comment)."""
    lines = (line[5:].removeprefix(b" ") for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(lines)


def with_data(event: bytes, payload: bytes) -> bytes:
    """The same event with another payload of one line."""
    others = [line for line in event.splitlines() if line and not line.startswith(b"data:")]
    return b"\n".join([*others, b"data: " + payload, b"", b""])
