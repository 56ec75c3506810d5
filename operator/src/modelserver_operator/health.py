"""The operator's probes and metrics, and the load for KEDA.

/livez is about its own loops, not about the API server: a restart mends no other.

Served by the loop that does the work: one that is blocked gives no answer, which to a kubelet is as good as a 503.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from modelserver_operator.autoscale import documents
from modelserver_operator.autoscale.known import Known, NotAutoscaledError, UnknownLoadError, load_of

Check = Callable[[], str | None]


class Bound(NamedTuple):
    """For how many seconds something that must not last may last; `what` reads on with "for 12 s"."""

    what: str
    age: Callable[[], float]
    seconds: float


def within(*bounds: Bound) -> Check:
    """A check that names the first bound that is exceeded."""

    def check() -> str | None:
        ages = ((bound, bound.age()) for bound in bounds)
        return next((f"{bound.what} for {age:.0f} s" for bound, age in ages if age > bound.seconds), None)

    return check


class Health:
    """A small HTTP server. A check returns what is wrong, or None: 503 with that sentence, or 200.

    With `known`, /load/NAMESPACE/NAME answers what KEDA's trigger metrics-api asks: {"unfinished_requests": 12}, 404
    where no such ModelServer is autoscaled, and 503 with a sentence while its load is not known.
    """

    def __init__(
        self, port: int, *, live: Check, ready: Check, registry: CollectorRegistry, known: Known | None = None
    ) -> None:
        self._port = port
        application = web.Application()
        application.router.add_get("/livez", _answer(live))
        application.router.add_get("/readyz", _answer(ready))
        application.router.add_get("/metrics", _metrics(registry))
        if known is not None:
            application.router.add_get("/load/{namespace}/{name}", _load(known))
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)

    async def start(self) -> None:
        """Listen on every address. Raises OSError when the port is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, port=self._port)
        await site.start()

    async def stop(self) -> None:
        """Close the port."""
        await self._runner.cleanup()


def _answer(check: Check) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_: web.Request) -> web.StreamResponse:
        wrong = check()
        return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)

    return answer


def _metrics(registry: CollectorRegistry) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def metrics(request: web.Request) -> web.StreamResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    return metrics


def _load(known: Known) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def load(request: web.Request) -> web.StreamResponse:
        try:
            found = load_of(known, request.match_info["namespace"], request.match_info["name"])
        except NotAutoscaledError as error:
            return web.Response(text=f"{error}\n", status=404)
        except UnknownLoadError as error:
            return web.Response(text=f"{error}\n", status=503)
        return web.json_response({documents.METRIC: found.unfinished})

    return load
