"""The served names as each API lists models; the Messages API does so in pages."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from modelserver_runtime.refusals import Family
from modelserver_runtime.stages.field_values import invalid

PAGE, LONGEST_PAGE = 20, 1000  # Anthropic's API reference, "List Models"


def card(name: str, created: int, max_context_tokens: int, family: Family) -> dict[str, Any]:
    """One model; `created` is a Unix time. `max_model_len` is what vLLM adds to OpenAI's, and its users read."""
    if family is Family.ANTHROPIC:
        at = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"type": "model", "id": name, "display_name": name, "created_at": at}
    return {
        "id": name,
        "object": "model",
        "created": created,
        "owned_by": "modelserver",
        "max_model_len": max_context_tokens,
    }


def listed(cards: list[dict[str, Any]], family: Family, query: bytes) -> dict[str, Any]:
    """All of them, or the page that an Anthropic caller's query string asks for."""
    return _page(cards, query) if family is Family.ANTHROPIC else {"object": "list", "data": cards}


def _page(cards: list[dict[str, Any]], query: bytes) -> dict[str, Any]:
    """At most `limit` models: those behind `after_id`, or the last ones before `before_id`.

    Raises:
        Refused: 400, an id is of no model, or the limit out of its bounds.
    """
    asked = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    limit = _limit(asked.get("limit", str(PAGE)))
    names = [each["id"] for each in cards]
    start = _place("after_id", asked["after_id"], names) + 1 if "after_id" in asked else 0
    end = _place("before_id", asked["before_id"], names) if "before_id" in asked else len(cards)
    rest = cards[start:end]
    backwards = "before_id" in asked and "after_id" not in asked
    page = rest[-limit:] if backwards else rest[:limit]
    return {
        "data": page,
        "has_more": len(page) < len(rest),
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }


def _limit(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or not 1 <= int(value[:9]) <= LONGEST_PAGE or len(value) > 9:
        invalid("limit", f"must be a whole number from 1 to {LONGEST_PAGE}")
    return int(value)


def _place(name: str, value: str, names: list[str]) -> int:
    if value not in names:
        invalid(name, "must be the id of a model")
    return names.index(value)
