"""The served names as each API lists models; the Messages API does so in pages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from modelserver_runtime.emotions.mapping import PLAIN, Mix
from modelserver_runtime.refusals import Family
from modelserver_runtime.stages.field_values import invalid

PAGE, LONGEST_PAGE = 20, 1000  # Anthropic's API reference, "List Models"


@dataclass(frozen=True, slots=True)
class Model:
    """A served name; `created` is a Unix time. parent: of a variant, the base model's name."""

    name: str
    created: int
    max_context_tokens: int
    mix: Mix = PLAIN
    parent: str | None = None


def card(model: Model, family: Family) -> dict[str, Any]:
    """One model. `max_model_len` and `parent` are what vLLM adds to OpenAI's, and its users read; `emotions` and
    `phase` are ours. Anthropic's has no place for them but the name for people."""
    if family is Family.ANTHROPIC:
        at = datetime.fromtimestamp(model.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"type": "model", "id": model.name, "display_name": _display_name(model), "created_at": at}
    return {
        "id": model.name,
        "object": "model",
        "created": model.created,
        "owned_by": "modelserver",
        "max_model_len": model.max_context_tokens,
        **({"parent": model.parent} if model.parent else {}),
        **_steering(model.mix),
    }


def _steering(mix: Mix) -> dict[str, Any]:
    """Nothing of what is not steered."""
    if not mix.terms:
        return {}
    emotions = {vector: hundredths / 100 for vector, hundredths in mix.terms}
    return {"emotions": emotions} | ({"phase": mix.phase} if mix.phase == "decode" else {})


def _display_name(model: Model) -> str:
    return f"{model.name} ({model.mix.text})" if model.mix.terms else model.name


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
