"""vLLM's own app behind our stages: one pure ASGI callable, and the order in which a request passes through it.

Never Starlette's BaseHTTPMiddleware: it costs half a millisecond a request and hides the caller's hanging up.
"""

import logging
import time

from starlette.types import Receive, Scope, Send

from modelserver_runtime import __version__, link
from modelserver_runtime.admission.clock import Clock
from modelserver_runtime.admission.health import Health
from modelserver_runtime.ask import Ask
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.refusals import INTERNAL, ClientGone, Refused
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages import body, routes
from modelserver_runtime.stages.keys import Who
from modelserver_runtime.stages.names import Names
from modelserver_runtime.stages.rates import Rates
from modelserver_runtime.stages.request_id import request_id
from modelserver_runtime.stages.routes import Kind

log = logging.getLogger(__name__)

ASKING = (Kind.GENERATE, Kind.COUNT)  # what counts as a request of a client's rate: lists of models cost nothing


class Shell:
    """The ASGI app of the http port."""

    def __init__(
        self,
        names: Names,
        health: Health,
        ask: Ask,
        metrics: Metrics,
        who: Who,
        *,
        rates: Rates | None,
        clock: Clock,
    ) -> None:
        self._names = names
        self._health = health
        self._ask = ask
        self._metrics = metrics
        self._who = who
        self._rates = rates
        self._clock = clock
        self._began = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every refusal and every failure ends here."""
        began = time.monotonic()
        incoming, reply = body.Incoming(receive), self._reply(scope, send)
        self._metrics.arrived(scope)
        try:
            await self._answer(scope, incoming, reply)
        except Refused as refused:
            if not incoming.begun and (refused.refusal.close or self._health.lifecycle.ends):
                await body.discard(receive)
            await reply.refuse(refused.refusal)
        except ClientGone as gone:
            reply.outcome = f"client gone ({gone.phase})"
            self._metrics.client_gone(gone.phase)
        except Exception:  # the outermost edge: whatever went wrong, the caller gets an answer and the log the reason
            log.exception("request failed", extra={"fields": {"request_id": reply.request_id}})
            await reply.refuse(INTERNAL)
        _log(scope, reply, time.monotonic() - began)

    def _reply(self, scope: Scope, send: Send) -> Reply:
        return Reply(
            send,
            request_id(scope),
            routes.family(scope),
            self._metrics.refused,
            link=link.of(scope),
            ends=lambda: self._health.lifecycle.ends,
            clock=self._clock,
        )

    async def _answer(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        route = routes.find(scope)
        if route.kind is Kind.ABOUT:
            return await reply.json(200, {"service": "modelserver", "version": __version__, "routes": [*routes.ROUTES]})
        if route.kind is Kind.HEALTH:
            return await self._tell_health(reply)
        reply.client = self._who(scope)
        if self._rates and route.kind in ASKING:
            await self._rates.take_request(reply)
        with self._health.lifecycle.accepted(reply.link):
            if route.kind is Kind.MODELS:
                return await reply.json(200, self._names.cards(routes.family(scope), scope["query_string"]))
            if route.kind is Kind.MODEL:
                return await reply.json(200, self._names.card(route.model, routes.family(scope)))
            return await self._ask(route, scope, receive, reply)

    async def _tell_health(self, reply: Reply) -> None:
        ready = self._health.ready
        document = {
            "status": "ok" if ready else self._health.state,
            "model_loaded": self._ask.engine is not None,
            "model_name": self._names.engine,
            "uptime_seconds": round(time.monotonic() - self._began, 3),
        }
        await reply.json(200 if ready else 503, document)


def _log(scope: Scope, reply: Reply, seconds: float) -> None:
    """One line a request; never what it said."""
    fields = {
        "request_id": reply.request_id,
        "client": reply.client or None,
        "method": scope["method"],
        "path": scope["path"][:200],
        "status": reply.status,
        "outcome": reply.outcome,
        "steering": reply.steering or None,
        "seconds": round(seconds, 4),
    }
    log.info("request", extra={"fields": fields})
