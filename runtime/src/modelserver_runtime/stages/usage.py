"""What an answer says of the tokens that it cost: read from every answer, and asked for where a stream would not tell.

OpenAI's streams tell it only to who asks (`stream_options.include_usage`), in one more event at their end. We always
ask; a caller who did not never sees that event.
"""

from typing import Any

import msgspec

from modelserver_runtime.measure import Measure
from modelserver_runtime.stages.routes import CHAT, COMPLETIONS

SILENT = frozenset({CHAT, COMPLETIONS})  # whose streams tell only when asked
OPTIONS = "stream_options"


class Tokens(msgspec.Struct):
    """`usage` in OpenAI's two and in Anthropic's words; Anthropic counts the cached part of a prompt apart."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None

    @property
    def prompt(self) -> int:
        """All tokens of the prompt."""
        anthropic = (self.input_tokens, self.cache_read_input_tokens, self.cache_creation_input_tokens)
        return self.prompt_tokens or sum(number or 0 for number in anthropic)

    @property
    def completion(self) -> int:
        """All tokens generated."""
        return self.completion_tokens or self.output_tokens or 0


class Holder(msgspec.Struct):
    """What holds the usage in events of the Responses and the Messages API."""

    usage: Tokens | None = None


class Delta(msgspec.Struct):
    """What a chat's event adds."""

    content: Any = None
    reasoning: Any = None
    tool_calls: Any = None


class Choice(msgspec.Struct):
    """One answer of several, in an event."""

    delta: Delta | None = None
    text: Any = None

    @property
    def shows(self) -> bool:
        """Whether there is anything in it: the first event of a chat has a role only, the last one an end."""
        delta = self.delta
        return bool(self.text or (delta and (delta.content or delta.reasoning or delta.tool_calls)))


class Told(msgspec.Struct):
    """An answer, or an event of a stream, as far as it is of interest here."""

    type: str = ""
    choices: list[Choice] | None = None
    usage: Tokens | None = None
    response: Holder | None = None
    message: Holder | None = None

    @property
    def shows(self) -> bool:
        """Whether a caller sees anything new by it."""
        for choice in self.choices or ():
            if choice.shows:
                return True
        return self.type.endswith("delta") and self.type != "message_delta"

    @property
    def tokens(self) -> Tokens | None:
        """What it says of tokens, if anything."""
        holder = self.response or self.message
        return self.usage or (holder.usage if holder else None)


_decode = msgspec.json.Decoder(Told).decode
NOTHING = Told()


def read(payload: bytes) -> Told:
    """What is told by an answer or by the payload of an event; nothing, where it is no JSON object."""
    try:
        return _decode(payload)
    except msgspec.DecodeError:
        return NOTHING


def ask(path: str, document: dict[str, Any]) -> dict[str, Any]:
    """Ask for the usage of a stream (a Rewrite). What a caller set, and what the engine is to judge, stays."""
    options = document.get(OPTIONS) or {}
    if path not in SILENT or not document.get("stream") or not isinstance(options, dict) or asked(document):
        return document
    return {**document, OPTIONS: {**options, "include_usage": True, "continuous_usage_stats": False}}


def asked(document: dict[str, Any]) -> bool:
    """Whether a body asks for the usage of its stream."""
    options = document.get(OPTIONS)
    return isinstance(options, dict) and bool(options.get("include_usage"))


class Usage:
    """Follows one answer; `hidden` says that the caller did not ask for the event with the usage."""

    def __init__(self, measure: Measure, *, hidden: bool) -> None:
        self._measure = measure
        self._hidden = hidden
        self._taken, self._shows = b"", False

    def take(self, payload: bytes) -> Told:
        """Read what the engine says, before anything is taken out of it."""
        told = read(payload)
        if tokens := told.tokens:
            self._measure.used(tokens.prompt, tokens.completion)
        self._taken, self._shows = payload, told.shows
        self._measure.generated += self._shows
        return told

    def token(self, *, shows: bool) -> None:
        """An event with a text, be it empty, and with nothing else of interest goes to the caller."""
        if shows:
            self._measure.generated += 1
            self._measure.shown()

    def hides(self, told: Told) -> bool:
        """Whether this event is there only because we asked for it."""
        return self._hidden and told.choices == [] and told.usage is not None

    def shown(self, payload: bytes) -> None:
        """An event goes to the caller, as it was taken or with less in it."""
        if self._shows if payload is self._taken else read(payload).shows:
            self._measure.shown()

    def refused(self, status: int) -> None:
        """The engine's answer is an error."""
        self._measure.refused(status)
