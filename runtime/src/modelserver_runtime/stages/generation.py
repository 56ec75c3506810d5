"""What is generated where a request is silent, and the most that it may ask for.

A default is written into the body: for vLLM, a max_tokens within its context is an upper bound, and what is left of
the context behind a long prompt bounds it further (`get_max_tokens`), so that no prompt becomes too long by it.
"""

from typing import Any

from modelserver_runtime.config import Generation
from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.stages.routes import CHAT, COMPLETIONS, MESSAGES, RESPONSES

Document = dict[str, Any]

# The names of the bound on each route; the first one is what a silent request gets.
BOUNDS = {
    CHAT: ("max_completion_tokens", "max_tokens"),
    COMPLETIONS: ("max_tokens",),
    RESPONSES: ("max_output_tokens",),
    MESSAGES: ("max_tokens",),
}
REQUIRED = (MESSAGES,)  # there the API demands a bound; the engine says so
OWN_DEFAULT = {COMPLETIONS: 16}  # of OpenAI's API, and of vLLM


class Defaults:
    """Writes the defaults of `generation` into bodies and holds them to its limit."""

    def __init__(self, generation: Generation, max_context_tokens: int) -> None:
        self._limit = generation.max_tokens_limit
        self._default = generation.max_tokens
        self._most = min(self._limit or max_context_tokens, max_context_tokens)
        chosen = {"temperature": generation.temperature, "top_p": generation.top_p}
        self._chosen = {name: value for name, value in chosen.items() if value is not None}

    def rewrite(self, path: str, document: Document) -> Document:
        """The body with every default; other routes than those that generate have none.

        Raises:
            Refused: 400, it asks for more tokens than the limit.
        """
        names = BOUNDS.get(path)
        if names is None:
            return document
        asked = [name for name in names if name in document]
        for name in asked:
            self._hold(name, document[name])
        bound = {} if asked or path in REQUIRED else self._bound(path, names[0])
        return {**self._chosen, **bound, **document}

    def _hold(self, name: str, tokens: int) -> None:
        if self._limit is not None and tokens > self._limit:
            message = f"The field `{name}` must be at most {self._limit}, which is the limit of this server."
            raise Refused(Refusal(400, "max_tokens_over_limit", message, param=name))

    def _bound(self, path: str, name: str) -> Document:
        if self._default is None and self._limit is None:
            return {}
        default = self._default or OWN_DEFAULT.get(path, self._most)
        return {name: min(default, self._most)}
