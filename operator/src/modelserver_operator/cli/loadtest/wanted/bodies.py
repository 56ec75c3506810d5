"""Requests as each API wants them, for every scenario and every temper that is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelserver_operator.cli.loadtest.generating.plan import Family, Headers, Request
from modelserver_operator.cli.loadtest.wanted.prompts import UNIQUE, words
from modelserver_operator.cli.loadtest.wanted.scenarios import Item

APIS: Mapping[str, Family] = {
    "openai": Family.CHAT,
    "completions": Family.COMPLETIONS,
    "responses": Family.RESPONSES,
    "anthropic": Family.MESSAGES,
}
PATHS: Mapping[Family, str] = {
    Family.CHAT: "/v1/chat/completions",
    Family.COMPLETIONS: "/v1/completions",
    Family.RESPONSES: "/v1/responses",
    Family.MESSAGES: "/v1/messages",
}
ANTHROPIC_VERSION = ("anthropic-version", "2023-06-01")  # Anthropic's API reference: every request says it


@dataclass(frozen=True)
class Voice:
    """How a request is to be answered: under which served name, with which emotion of its own."""

    model: str
    emotion: str | None = None
    scale: float | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Of the body."""
        told = {"emotion": self.emotion, "emotion_scale": self.scale}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class Asking:
    """What all requests share."""

    family: Family
    stream: bool
    ignore_eos: bool = False
    shared_prefix_words: int = 0


def requests(items: Sequence[Item], voices: Sequence[Voice], asking: Asking) -> tuple[Request, ...]:
    """Each item in each voice; voices share an item's weight evenly."""
    return tuple(_requests(items, voices, asking))


def _requests(items: Sequence[Item], voices: Sequence[Voice], asking: Asking) -> Iterator[Request]:
    prefix = words(asking.shared_prefix_words, "shared") if asking.shared_prefix_words else ""
    for item in items:
        for voice in voices:
            body = json.dumps(_body(item, voice, asking, prefix)).encode()
            place = body.find(UNIQUE.encode())
            yield Request(
                scenario=item.scenario,
                path=PATHS[asking.family],
                body=body,
                family=asking.family,
                stream=asking.stream,
                headers=_headers(asking.family),
                weight=item.weight / len(voices),
                unique_at=place if place >= 0 else None,
            )


def _headers(family: Family) -> Headers:
    return (ANTHROPIC_VERSION,) if family is Family.MESSAGES else ()


def _body(item: Item, voice: Voice, asking: Asking, prefix: str) -> dict[str, Any]:
    limit = "max_output_tokens" if asking.family is Family.RESPONSES else "max_tokens"
    shared = {"model": item.model or voice.model, limit: item.max_tokens, "stream": asking.stream}
    ending = {"ignore_eos": True} if asking.ignore_eos else {}
    return shared | _usage(asking) | ending | _question(item, asking.family, prefix) | voice.fields | item.extra


def _usage(asking: Asking) -> dict[str, Any]:
    """OpenAI's streams say how many tokens there were to who asks for it."""
    has_options = asking.stream and asking.family in (Family.CHAT, Family.COMPLETIONS)
    return {"stream_options": {"include_usage": True}} if has_options else {}


def _question(item: Item, family: Family, prefix: str) -> dict[str, Any]:
    text = item.text(prefix)
    messages = item.messages if text is None else [{"role": "user", "content": text}]
    if family is Family.COMPLETIONS:
        return {"prompt": text if text is not None else _flat(item)}
    return {"input": messages} if family is Family.RESPONSES else {"messages": messages}


def _flat(item: Item) -> str:
    """Messages as one text, for the API that has none."""
    return "\n".join(str(message.get("content", "")) for message in item.messages or ())
