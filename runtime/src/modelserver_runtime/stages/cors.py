"""Pages of other origins: which may call, and what their scripts may read. Outermost: a preflight brings no key, and
a browser hides from the page every answer without these headers, refusals too.
"""

import logging
from collections.abc import Callable, Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from modelserver_runtime.emotions.asking import ANSWER_HEADER
from modelserver_runtime.refusals import Family
from modelserver_runtime.stages.rate_headers import KINDS, names

log = logging.getLogger(__name__)

METHODS = ("GET", "POST")
# Whatever a page wants to send: each SDK has a dozen headers of its own, new ones with each release. What the engine
# gets to see is `forward`'s to say, and there are no cookies that a page could abuse.
REQUEST_HEADERS = ("*",)
READABLE = (
    "x-request-id",
    "request-id",
    "retry-after",
    "x-should-retry",
    ANSWER_HEADER,
    *(name for family in (Family.OPENAI, Family.ANTHROPIC) for kind in KINDS for name in names(family, kind)),
)
REFUSED = "cors"  # its label in modelserver_requests_refused_total


class Cors:
    """An app behind CORS; `count` is told of each preflight that is refused."""

    def __init__(self, app: ASGIApp, origins: Collection[str], count: Callable[[str], None]) -> None:
        self._count = count
        self._middleware = CORSMiddleware(
            app, allow_origins=origins, allow_methods=METHODS, allow_headers=REQUEST_HEADERS, expose_headers=READABLE
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight; let everything else through, and add the headers to its answer."""
        if not _is_preflight(scope):
            return await self._middleware(scope, receive, send)
        headers = Headers(scope=scope)
        response = self._middleware.preflight_response(headers)
        if response.status_code >= 400:
            self._count(REFUSED)
        log.info("preflight", extra={"fields": _fields(scope, headers, response.status_code)})
        return await response(scope, receive, send)


def _is_preflight(scope: Scope) -> bool:
    """What the Fetch standard calls a CORS-preflight request."""
    names_sent = {name for name, _ in scope["headers"]}
    return scope["method"] == "OPTIONS" and {b"origin", b"access-control-request-method"} <= names_sent


def _fields(scope: Scope, headers: Headers, status: int) -> dict[str, object]:
    return {"origin": headers["origin"][:200], "path": scope["path"][:200], "status": status}
