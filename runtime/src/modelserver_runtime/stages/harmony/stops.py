"""Stop strings for models with channels: they are looked for here, in the text that is shown.

vLLM would look through the hidden reasoning, too, and that it met a string there is an answer to a guess.
"""

from typing import Any

from modelserver_runtime.stages.field_values import invalid
from modelserver_runtime.stages.routes import CHAT, MESSAGES

FIELDS = {CHAT: "stop", MESSAGES: "stop_sequences"}
MOST = 4  # OpenAI's bound, and vLLM's
LONGEST = 1000  # characters; so much of a text is held back at most


def checked(path: str, document: dict[str, Any]) -> tuple[str, ...]:
    """The strings at which a caller wants the answer to end.

    Raises:
        Refused: 400; they are of another kind, too many, empty or too long.
    """
    name = FIELDS.get(path, "")
    value = document.get(name) or []
    strings = [value] if isinstance(value, str) else value
    if not isinstance(strings, list) or not all(isinstance(each, str) for each in strings):
        invalid(name, "must be a text or a list of texts")
    if len(strings) > MOST or not all(0 < len(each) <= LONGEST for each in strings):
        invalid(name, f"must be at most {MOST} texts of 1 to {LONGEST} characters")
    return tuple(strings)


class Cut:
    """One text, piece by piece, up to the first of `stops` that is complete; `met` is that one."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self.met: str | None = None
        self._stops = stops
        self._held = ""

    def text(self, piece: str) -> str:
        """What may be shown now. The rest may be the beginning of a stop string, and is held back."""
        if self.met is not None or not piece:
            return ""
        text = self._held + piece
        found = [(text.find(stop) + len(stop), -len(stop), stop) for stop in self._stops if stop in text]
        if found:
            end, _, self.met = min(found)
            self._held = ""
            return text[: end - len(self.met)]
        shown = len(text) - self._begun(text)
        self._held = text[shown:]
        return text[:shown]

    def rest(self) -> str:
        """What was held back: the text is over, it was no beginning."""
        rest, self._held = self._held, ""
        return rest

    def _begun(self, text: str) -> int:
        """How many characters at the end of `text` may be the beginning of a stop string."""
        longest = min(len(text), max(map(len, self._stops), default=1) - 1)
        return next((n for n in range(longest, 0, -1) if any(stop.startswith(text[-n:]) for stop in self._stops)), 0)
