"""Served names: which there are, and what the engine is told instead.

The engine knows one name only. The caller's name is put back by `answer`, so that a name can be added, or can later
stand for a mix of emotions, without the engine's knowing.
"""

import time
from typing import Any

from modelserver_runtime.refusals import Family, Refusal, Refused

LONGEST_ECHO = 100  # characters of a caller's string that an error message repeats


class Names:
    """The names that answer, in the order of the config; the first is the engine's."""

    def __init__(self, served: tuple[str, ...], max_context_tokens: int) -> None:
        self._cards = {name: _card(name, max_context_tokens) for name in served}
        self.engine = served[0]

    def asked(self, document: dict[str, Any], family: Family) -> str:
        """The served name that a request's body asks for.

        Raises:
            Refused: 400 when there is none, 404 when it is not served.
        """
        name = document.get("model")
        if not isinstance(name, str) or not name:
            raise Refused(Refusal(400, "model_required", "The field model must be a string.", param="model"))
        self.card(name, family)
        return name

    def cards(self) -> dict[str, object]:
        """The answer to GET /v1/models."""
        return {"object": "list", "data": list(self._cards.values())}

    def card(self, name: str, family: Family) -> dict[str, object]:
        """The answer to GET /v1/models/{name}; 404 (Refused) when it is not served."""
        if name not in self._cards:
            raise Refused(_unknown(name[:LONGEST_ECHO], family))
        return self._cards[name]


def _card(name: str, max_context_tokens: int) -> dict[str, object]:
    """A model as OpenAI describes it; max_model_len is what vLLM adds and its users read."""
    created = int(time.time())
    return {
        "id": name,
        "object": "model",
        "created": created,
        "owned_by": "modelserver",
        "max_model_len": max_context_tokens,
    }


def _unknown(name: str, family: Family) -> Refusal:
    """In the words of each API; neither lists other names, for those are GET /v1/models' to tell."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    if family is Family.ANTHROPIC:
        message = f"model: {name}"
    return Refusal(404, "model_not_found", message, param="model")
