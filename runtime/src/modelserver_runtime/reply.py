"""The way back to the caller: knows how far the answer is, so that a refusal takes the form that is still possible."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from starlette.types import Message, Send

from modelserver_runtime.admission.clock import REAL, Clock
from modelserver_runtime.link import Link
from modelserver_runtime.refusals import CLOSE, Family, Refusal

Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
# For a caller to take what is whole already; shorter than the time that a server which ends leaves to its requests.
UNREAD_SECONDS = 3.0


def _never() -> bool:
    """Of a server that goes on."""
    return False


class Reply:
    """One answer. Whatever is sent after its end is dropped.

    `count` is told the reason of a refusal, whoever refused: we, or the engine in an answer of its own. `link` is hung
    up on a caller who does not read: the server would wait for as long as that lasts. While the server `ends`, what
    begins says that the connection closes with it, so that its caller asks elsewhere next.
    """

    def __init__(
        self,
        send: Send,
        request_id: str,
        family: Family,
        count: Callable[[str], None],
        *,
        link: Link | None = None,
        ends: Callable[[], bool] = _never,
        clock: Clock = REAL,
    ) -> None:
        self._send = send
        self.link = link or Link()
        self._ends = ends
        self._clock = clock
        self.family = family
        self._count = count
        self._streams = False
        self._added: Headers = []
        self.request_id = request_id
        self.status = 0  # until it has started
        self.finished = False
        self.refusal: Refusal | None = None
        self.outcome = "answered"  # for the log
        self.client = ""  # who asks, once it is known
        self.steering = ""  # how the engine is told to steer it, once it is asked

    @property
    def started(self) -> bool:
        """Whether the status line is out."""
        return self.status > 0

    def add_headers(self, headers: Headers) -> None:
        """Send these too with whatever starts from now on, answer or refusal; of one given twice, the later."""
        names = {name for name, _ in headers}
        self._added = [(name, value) for name, value in self._added if name not in names] + headers

    async def start(self, status: int, headers: Headers, *, streams: bool = False) -> None:
        """Send status and headers; `streams` says that server-sent events follow."""
        self.status, self._streams = status, streams
        headers = headers + self._own_headers()
        if self._ends() and CLOSE not in headers:
            headers.append(CLOSE)
        self.link.over |= CLOSE in headers
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, chunk: bytes, *, more: bool) -> None:
        """Send a piece of the body; the last one has `more` unset."""
        if self.finished:
            return
        self.finished = not more
        message = {"type": "http.response.body", "body": chunk, "more_body": more}
        await (self._send(message) if more else self._last(message))

    async def _last(self, message: Message) -> None:
        """After the deadline of an answer that nobody reads, the app that wanted to send this is cancelled."""
        try:
            await self._send(message)
        except asyncio.CancelledError:
            self._give_up()
            raise

    async def json(self, status: int, document: object) -> None:
        """Send a whole answer."""
        await self.whole(status, [JSON], msgspec.json.encode(document))

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer that is already bytes."""
        with self._to_be_read():
            await self.start(status, [*headers, (b"content-length", str(len(body)).encode())])
            await self.write(body, more=False)

    async def refuse(self, refusal: Refusal) -> None:
        """Say no: with a status, in a stream that has begun with an event; a body that has begun can only end."""
        if self.finished:
            return
        self.outcome, self.refusal = refusal.reason, refusal
        self._count(refusal.reason)  # before it is sent: who was refused finds it counted
        if not self.started:
            body = refusal.body(self.family, self.request_id)
            await self.whole(refusal.status_for(self.family), [JSON, *refusal.headers_for_all()], body)
        else:
            with self._to_be_read():
                await self.write(refusal.event(self.family, self.request_id) if self._streams else b"", more=False)

    @contextmanager
    def _to_be_read(self) -> Iterator[None]:
        """What is sent in here needs nothing but a caller who reads; who does not loses the connection."""
        timer = self._clock.call_later(UNREAD_SECONDS, self._give_up)
        try:
            yield
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        self.outcome = "unread"
        self.link.hang_up()

    def _own_headers(self) -> Headers:
        headers = [(b"x-request-id", self.request_id.encode()), *self._added]
        if self.family is Family.ANTHROPIC:
            headers.append((b"request-id", self.request_id.encode()))  # where Anthropic's SDKs look
        return headers
