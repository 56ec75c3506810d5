"""Served names: which there are, and what the engine is told instead.

The engine knows one name only. The caller's name is put back by `answer`, so that names can stand for mixes of
emotions, come and go while the server runs, without the engine's knowing.
"""

import time
from typing import Any

from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.refusals import LONGEST_ECHO, Family, Refusal, Refused
from modelserver_runtime.stages import model_list


class Names:
    """The names that answer: the base model's in the order of the config, of which the first is the engine's, and those
    of the variants that are in force."""

    def __init__(self, served: tuple[str, ...], max_context_tokens: int, emotions: Emotions) -> None:
        self._served = served
        self._emotions = emotions
        self._max_context_tokens = max_context_tokens
        self._created = int(time.time())
        self.engine = served[0]

    def asked(self, document: dict[str, Any], family: Family) -> str:
        """The served name that a request's body asks for.

        Raises:
            Refused: 400 when there is none, 404 when it is not served.
        """
        name = document.get("model")
        if not isinstance(name, str) or not name:
            raise Refused(Refusal(400, "model_required", "The field model must be a string.", param="model"))
        self._known(name, family)
        return name

    def cards(self, family: Family, query: bytes) -> dict[str, Any]:
        """The answer to GET /v1/models; Refused (400) when an Anthropic caller's query asks for no page of it."""
        names = (*self._served, *self._emotions.now.variants)
        return model_list.listed([self.card(name, family) for name in names], family, query)

    def card(self, name: str, family: Family) -> dict[str, Any]:
        """The answer to GET /v1/models/{name}; 404 (Refused) when it is not served."""
        self._known(name, family)
        now = self._emotions.now
        mix, parent = (now.variants[name], self.engine) if name in now.variants else (now.default, None)
        model = model_list.Model(name, self._created, self._max_context_tokens, mix, parent)
        return model_list.card(model, family)

    def _known(self, name: str, family: Family) -> None:
        if name not in self._served and name not in self._emotions.now.variants:
            raise Refused(_unknown(name[:LONGEST_ECHO], family))


def _unknown(name: str, family: Family) -> Refusal:
    """In the words of each API; neither lists other names, for those are GET /v1/models' to tell."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    if family is Family.ANTHROPIC:
        message = f"model: {name}"
    return Refusal(404, "model_not_found", message, param="model")
