"""The route list: what stands here exists, everything else is a 404, whatever vLLM's app would answer to it."""

from dataclasses import dataclass
from enum import Enum, auto

from starlette.types import Scope

from modelserver_runtime.refusals import Family, Refusal, Refused


class Kind(Enum):
    """Who answers, and what it costs."""

    ABOUT = auto()
    HEALTH = auto()
    MODELS = auto()
    MODEL = auto()
    GENERATE = auto()  # the engine generates: through the gate
    COUNT = auto()  # the engine's app only tokenizes: no slot


@dataclass(frozen=True, slots=True)
class Route:
    """One route; `model` is set for /v1/models/{id}."""

    method: str
    kind: Kind
    model: str = ""


CHAT, COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/completions", "/v1/responses"
MESSAGES, COUNT, TOKENIZE = "/v1/messages", "/v1/messages/count_tokens", "/tokenize"

ROUTES = {
    "/": Route("GET", Kind.ABOUT),
    "/health": Route("GET", Kind.HEALTH),
    "/v1/models": Route("GET", Kind.MODELS),
    CHAT: Route("POST", Kind.GENERATE),
    COMPLETIONS: Route("POST", Kind.GENERATE),
    RESPONSES: Route("POST", Kind.GENERATE),
    MESSAGES: Route("POST", Kind.GENERATE),
    COUNT: Route("POST", Kind.COUNT),
    TOKENIZE: Route("POST", Kind.COUNT),
}
MODEL_PREFIX = "/v1/models/"


def find(scope: Scope) -> Route:
    """The route that `scope` asks for.

    Raises:
        Refused: 404 for a path that is not in the list, 405 for another method.
    """
    path, method = scope["path"], scope["method"]
    route = ROUTES.get(path) or _model_route(path)
    if route is None:
        raise Refused(Refusal(404, "unknown_route", f"Unknown request URL: {method} {path[:200]}."))
    if method not in (route.method, "HEAD" if route.method == "GET" else route.method):
        allow = ((b"allow", route.method.encode()),)
        raise Refused(Refusal(405, "wrong_method", f"Use {route.method} for {path[:200]}.", headers=allow))
    return route


def _model_route(path: str) -> Route | None:
    """/v1/models/{id}; an id may contain slashes, as Hugging Face's names do."""
    model = path.removeprefix(MODEL_PREFIX)
    return Route("GET", Kind.MODEL, model) if model and path.startswith(MODEL_PREFIX) else None


def family(scope: Scope) -> Family:
    """Whose error shape the caller expects: by path, and on shared or unknown paths by Anthropic's version header."""
    path = scope["path"]
    if path == RESPONSES:
        return Family.RESPONSES
    if path.startswith(MESSAGES) or any(name == b"anthropic-version" for name, _ in scope["headers"]):
        return Family.ANTHROPIC
    return Family.OPENAI
