"""A server with vectors and variants, and an engine that notes how it would be told to steer."""

import asyncio

from starlette.types import Receive, Scope, Send
from tests.unit.emotions.given import STRENGTHS, in_force
from tests.unit.runtime.scripted import Bench, ScriptedEngine

from modelserver_runtime.emotions.mapping import InForce
from modelserver_runtime.steering import current
from modelserver_runtime.steering.spec import Spec


class Listening(ScriptedEngine):
    """Notes what vLLM would be told of each call: as vLLM does, in a task that the app begins for it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Spec | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = dict(scope["headers"])[b"x-request-id"].decode()
        await asyncio.gather(self._note(request_id), super().__call__(scope, receive, send))

    async def _note(self, request_id: str) -> None:
        await asyncio.sleep(0)
        self.told[request_id] = current.current()


def steered(
    now: InForce | None = None, most: int = 64, model: str = "/models/demo", **limits: float
) -> tuple[Bench, Listening]:
    """A server with vectors and variants, of the model in that folder."""
    changes = {"vectors": {"path": "/vectors"}, "steering": {"maxActiveMixes": most}, "model.path": model}
    bench = Bench(changes, **limits)
    bench.parts.emotions.flip(now or in_force(), STRENGTHS)
    bench.engine = bench.parts.ask.engine = engine = Listening()
    bench.health.pulse.watch(engine.owes)
    return bench, engine
