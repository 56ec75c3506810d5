"""The way back: headers that a stage adds reach whatever answer starts later."""

import pytest
from starlette.types import Message

from modelserver_runtime.refusals import DRAINING, Family
from modelserver_runtime.reply import Reply


class Sent:
    """A reply and what it sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.reply = Reply(self._send, "id", Family.OPENAI, lambda reason: None)

    async def _send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [*self.messages[0]["headers"]]


@pytest.mark.parametrize("kind", ["answer", "stream", "refusal"])
async def test_added_headers_are_sent_with_what_starts_next(kind: str) -> None:
    sent = Sent()
    sent.reply.add_headers([(b"x-a", b"1"), (b"x-b", b"1")])
    sent.reply.add_headers([(b"x-b", b"2")])
    match kind:
        case "answer":
            await sent.reply.json(200, {})
        case "stream":
            await sent.reply.start(200, [], streams=True)
        case _:
            await sent.reply.refuse(DRAINING)
    assert [(name, value) for name, value in sent.headers if name in (b"x-a", b"x-b")] == [
        (b"x-a", b"1"),
        (b"x-b", b"2"),
    ]
    assert (b"x-request-id", b"id") in sent.headers
