"""The operator's probes. /livez is about its own loops, not about the API server: restarting brings nothing back."""

from collections.abc import Awaitable, Callable

from aiohttp import web

Check = Callable[[], str | None]


class Health:
    """A small HTTP server. A check returns what is wrong, or None: 503 with that sentence, or 200."""

    def __init__(self, port: int, *, live: Check, ready: Check) -> None:
        self._port = port
        application = web.Application()
        application.router.add_get("/livez", _answer(live))
        application.router.add_get("/readyz", _answer(ready))
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
