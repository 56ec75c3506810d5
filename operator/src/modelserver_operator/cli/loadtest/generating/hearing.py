"""What an answer says: which events of a stream have something to see in them, how it ends, and what it has used.

A token is what the runtime's own metrics count as one (docs/metrics.md): an event with something new in it for whoever
reads. Most events differ in a word only, and there are thousands a second of them: those are told by a search for bytes
that can stand nowhere else, since a quote within a text is escaped. All others are parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from modelserver_operator.cli.loadtest.generating.plan import Family

END = re.compile(rb"\r?\n\r?\n")
QUOTE = ord('"')
USES = b'"usage":{'
TEXTS = {Family.CHAT: b'"content":"', Family.COMPLETIONS: b'"text":"'}
SHOWN = ("content", "reasoning", "reasoning_content", "tool_calls")  # of a chat's delta
ENDS = ("message_stop", "response.completed", "response.incomplete")
PROMPT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")


class Used(NamedTuple):
    """Tokens, by the words of OpenAI and of Anthropic; 0 where nothing is told."""

    prompt: int = 0
    completion: int = 0


class Event(NamedTuple):
    """An event of a stream."""

    shows: bool = False
    ends: bool = False
    error: str | None = None  # what it is called
    used: Used = Used()


NOTHING = Event()
LAST = Event(ends=True)


def cut(pieces: bytes) -> tuple[list[bytes], bytes]:
    """Whole events, and the rest behind them."""
    *events, rest = END.split(pieces)
    return events, rest


def shows_surely(family: Family, event: bytes) -> bool:
    """Whether there is something to see in it, and nothing else of interest. False also where that is not sure."""
    if text := TEXTS.get(family):
        at = event.find(text)
        return at >= 0 and event[at + len(text)] != QUOTE and event.find(USES) < 0
    return (
        event.startswith(b"event: ")
        and event.find(b"delta\n", 7, event.find(b"\n") + 1) > 0
        and event[7:15] != b"message_"
    )


def read(event: bytes) -> Event:
    """What an event says, whatever it is."""
    payload = b"\n".join(line[5:].strip() for line in event.splitlines() if line.startswith(b"data:"))
    if payload == b"[DONE]":
        return LAST
    document = parsed(payload)
    if document is None:
        return NOTHING
    kind = str(document.get("type") or "")
    return Event(_shows(document, kind), kind in ENDS, _error(document, kind), used(document))


def parsed(payload: bytes) -> dict[str, Any] | None:
    """A JSON object; None for anything else."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def used(document: Mapping[str, Any]) -> Used:
    """Tokens of an answer or of an event; Anthropic counts the cached part of a prompt apart."""
    holder = document.get("response") or document.get("message")
    usage = document.get("usage") or (holder.get("usage") if isinstance(holder, dict) else None)
    if not isinstance(usage, dict):
        return Used()
    prompt, completion = _tokens(usage, "prompt_tokens"), _tokens(usage, "completion_tokens")
    return Used(prompt or sum(_tokens(usage, name) for name in PROMPT), completion or _tokens(usage, "output_tokens"))


def _tokens(usage: Mapping[str, Any], name: str) -> int:
    number = usage.get(name)
    return number if isinstance(number, int) else 0


def complaint(document: object) -> str:
    """What an error is called by its own `code` or `type`; empty where it has no such name."""
    error = document.get("error") if isinstance(document, dict) else None
    names = [error.get("code"), error.get("type")] if isinstance(error, dict) else []
    return next((name for name in names if isinstance(name, str) and CODE.fullmatch(name)), "")


def _shows(document: Mapping[str, Any], kind: str) -> bool:
    choices = document.get("choices")
    if isinstance(choices, list) and any(isinstance(choice, dict) and _adds(choice) for choice in choices):
        return True
    return kind.endswith("delta") and kind != "message_delta"


def _adds(choice: Mapping[str, Any]) -> bool:
    delta = choice.get("delta")
    return bool(choice.get("text")) or (isinstance(delta, dict) and any(delta.get(name) for name in SHOWN))


def _error(document: Mapping[str, Any], kind: str) -> str | None:
    if kind == "response.failed":
        return complaint(document.get("response")) or kind
    if document.get("error") or kind == "error":
        return complaint(document) or "error"
    return None
