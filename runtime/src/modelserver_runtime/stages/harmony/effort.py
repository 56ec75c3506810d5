"""How hard the model reasons: as the caller says, else by the temperature, else as configured, else as it likes.

Harmony knows low, medium and high. What the APIs know beyond these becomes the nearest one: SDKs send such words to
every reasoning model, and vLLM would refuse them.
"""

from typing import Any

from modelserver_runtime.config import Generation
from modelserver_runtime.stages.routes import CHAT, COUNT, MESSAGES, RESPONSES

Document = dict[str, Any]

LOW_UP_TO, MEDIUM_UP_TO = 0.3, 0.7  # temperatures
NEAREST = {"none": "low", "minimal": "low", "xhigh": "high", "max": "high"}
HOLDERS = {RESPONSES: "reasoning", MESSAGES: "output_config", COUNT: "output_config"}  # of the field `effort`
THINKING = ("enabled", "adaptive", "disabled")  # Anthropic's; there is no thinking less than low


class Effort:
    """Writes the effort into bodies (a Rewrite)."""

    def __init__(self, generation: Generation) -> None:
        self._default = generation.reasoning_effort.lower() if generation.reasoning_effort else None

    def __call__(self, path: str, document: Document) -> Document:
        """The body with the effort that is in force, where that is not the model's own."""
        if path == CHAT:
            effort = self._wished(document, document.get("reasoning_effort"))
            return {**document, "reasoning_effort": effort} if effort else document
        if path in HOLDERS:
            return self._held(HOLDERS[path], _without_thinking(document))
        return document

    def _held(self, name: str, document: Document) -> Document:
        holder = document.get(name) or {}
        if not isinstance(holder, dict):  # the engine says what is wrong with it
            return document
        effort = self._wished(document, holder.get("effort"))
        return {**document, name: {**holder, "effort": effort}} if effort else document

    def _wished(self, document: Document, said: object) -> object:
        """The effort; None: the model's own."""
        if said is not None:
            return NEAREST.get(said, said) if isinstance(said, str) else said
        temperature = document.get("temperature")
        if isinstance(temperature, (int, float)) and not isinstance(temperature, bool):
            return _by(temperature)
        return self._default


def _by(temperature: float) -> str:
    if temperature <= LOW_UP_TO:
        return "low"
    return "medium" if temperature <= MEDIUM_UP_TO else "high"


def _without_thinking(document: Document) -> Document:
    """Anthropic's `thinking` as an effort. Its budget of tokens means nothing to these models; vLLM would refuse it."""
    thinking = document.get("thinking")
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if kind not in THINKING:
        return document
    others = {name: value for name, value in document.items() if name != "thinking"}
    output = document.get("output_config") or {}
    if kind != "disabled" or not isinstance(output, dict):
        return others
    return {**others, "output_config": {**output, "effort": "low"}}
