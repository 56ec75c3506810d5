"""From a request's bytes to what goes to the engine: everything about it that is decided before it waits for a slot."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import Scope

from modelserver_runtime.admission.cost import Cost, cost
from modelserver_runtime.emotions import asking
from modelserver_runtime.emotions.asking import UNSTEERED, Steering
from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.stages import body, routes, usage
from modelserver_runtime.stages.names import Names
from modelserver_runtime.stages.routes import Kind, Route

Document = dict[str, Any]
Rewrite = Callable[[str, Document], Document]  # path and body; the body for the next, or Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that may go to the engine.

    asked: the served name. document: the caller's body. price: what it costs. forwarded: the engine's body.
    hides_usage: the engine is asked to tell of a stream's usage, and the caller did not ask.
    """

    asked: str
    document: Document
    price: Cost
    steering: Steering
    forwarded: bytes
    hides_usage: bool


class Prepare:
    """Prepares one request after another; `slots` are all that there are."""

    def __init__(self, names: Names, emotions: Emotions, slots: int, rewrites: tuple[Rewrite, ...]) -> None:
        self._names = names
        self._emotions = emotions
        self._slots = slots
        self._rewrites = rewrites

    def __call__(self, route: Route, scope: Scope, raw: bytes) -> Prepared:
        """Raises Refused for what must not come to the engine."""
        path, document = scope["path"], body.parse(scope, raw)
        asked = self._names.asked(document, routes.family(scope))
        steering = self._steering(route, scope, asked, document)
        price = cost(path, document, self._slots)
        rewritten = document
        for rewrite in self._rewrites:
            rewritten = rewrite(path, rewritten)
        return Prepared(
            asked=asked,
            document=document,
            price=price,
            steering=steering,
            forwarded=body.dump({**rewritten, "model": self._names.engine}),
            hides_usage=usage.asked(rewritten) and not usage.asked(document),
        )

    def _steering(self, route: Route, scope: Scope, asked: str, document: Document) -> Steering:
        if route.kind is Kind.COUNT:
            return UNSTEERED
        return asking.steering(asked, document, scope["headers"], self._emotions)
