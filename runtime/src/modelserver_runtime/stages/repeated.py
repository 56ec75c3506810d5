"""The short way for the events of a stream that differ in their text only, which are nearly all of them.

To parse each and to write it anew would cost a tenth of what vLLM spends on it. So what one event that was parsed has
before its text is kept, in the engine's words and in the caller's: another that begins with the same bytes is the same
JSON up to there, and only that beginning is exchanged. Whatever the model says stands behind it.
"""

from collections.abc import Mapping

import msgspec

from modelserver_runtime.stages import sse

# How vLLM writes the first choice of a chat and of a completion up to its text, and what follows when that is empty and
# nothing else is new: a token may be only a part of a letter.
TEXTS = {b'[{"index":0,"delta":{"content":"': b'"}', b'[{"index":0,"text":"': b'"'}
CLOSED = b"}]}\n\n"  # nothing stands behind the choices, no usage above all
QUOTE = ord('"')


class Beginning:
    """What the events of one stream begin with, as the engine writes it and as the caller gets it."""

    def __init__(self, engines: bytes, callers: bytes, empty: bytes) -> None:
        self._engines = engines
        self._callers = callers
        self._empty = empty
        self._length = len(engines)

    def exchanged(self, chunk: bytes) -> bytes | None:
        """`chunk` for the caller, if it is one event that begins and ends as expected, with a text or nothing new."""
        if not (chunk.startswith(self._engines) and chunk.endswith(CLOSED)):
            return None
        if chunk.find(b"\n") != len(chunk) - 2 or (chunk[self._length] == QUOTE and not self.shows_nothing(chunk)):
            return None
        return self._callers + chunk[self._length :]

    def shows_nothing(self, chunk: bytes) -> bool:
        """Whether the text of such an event is empty."""
        return chunk.startswith(self._empty, self._length)


def beginning(
    payload: bytes, engines: Mapping[str, msgspec.Raw], callers: Mapping[str, msgspec.Raw]
) -> Beginning | None:
    """What to expect after an event with `payload`, whose outer keys are `engines` and, for the caller, `callers`."""
    start = _until_choices(engines)
    text = next((text for text in TEXTS if payload.startswith(start + text)), None)
    if text is None:
        return None
    return Beginning(sse.DATA + start + text, sse.DATA + _until_choices(callers) + text, TEXTS[text])


def _until_choices(document: Mapping[str, msgspec.Raw]) -> bytes:
    members = b""
    for key, value in document.items():
        if key == "choices":
            break
        members += msgspec.json.encode(key) + b":" + bytes(value) + b","
    return b"{" + members + b'"choices":'
