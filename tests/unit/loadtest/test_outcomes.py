"""What becomes of a request is told by its kind, whatever the server does."""

import asyncio
import math

import pytest
from tests.ports import free_port
from tests.unit.loadtest.answering import DONE, SSE, USED, WORD, Answer, always, answering, chat, chunk, plan, whole

from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.plan import Arrivals, Closed, Constant, Destination, Timeouts
from modelserver_operator.cli.loadtest.generating.pool import GeneratorError
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded

STREAM = SSE + chunk(WORD) + chunk(WORD) + chunk(USED + DONE) + chunk(b"")
AT_ONCE = Closed(1, pause=0, most_pause=0)  # whoever is refused
REFUSAL = whole(b'{"error":{"code":"queue_full","type":"overloaded"}}', "429 Too Many", "Retry-After: 7")


def outcome(recorded: Recorded) -> tuple[Outcome, str]:
    """All have the same."""
    found = set(zip(recorded.samples.outcome, recorded.samples.kind, strict=True))
    ((one, kind),) = found
    return Outcome(one), recorded.kinds[kind]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (always(STREAM), (Outcome.ANSWERED, "")),
        (always(b"HTTP/1.1 200 OK\r\n\r\n" + WORD + DONE, close=True), (Outcome.ANSWERED, "")),
        (always(REFUSAL), (Outcome.REFUSED, "429 queue_full")),
        (
            always(whole(b'{"error":{"type":"overloaded_error"}}', "529 Busy")),
            (Outcome.REFUSED, "529 overloaded_error"),
        ),
        (always(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + STREAM), (Outcome.ANSWERED, "")),
        (always(whole(b"", "304 Not Modified")), (Outcome.FAILED, "304")),
        (always(whole(b"<html>", "500 Oh")), (Outcome.FAILED, "500")),
        (always(whole(b'{"error":{"code":"no such\\nname"}}', "400 Bad")), (Outcome.FAILED, "400")),
        (
            always(SSE + chunk(WORD) + chunk(b'data: {"error":{"type":"stalled"}}\n\n') + chunk(b"")),
            (Outcome.FAILED, "error within the stream: stalled"),
        ),
        (always(SSE + chunk(WORD) + chunk(b"")), (Outcome.CUT, "the stream ended without its last event")),
        (always(SSE + chunk(WORD), close=True), (Outcome.CUT, "connection closed within the answer")),
        (always(whole(b"a")[:-1], close=True), (Outcome.CUT, "connection closed within the answer")),
        (always(b"", close=True), (Outcome.FAILED, "connection closed before any answer")),
        (always(b"SSH-2.0-OpenSSH_9.2\r\n"), (Outcome.FAILED, "no HTTP")),
    ],
)
async def test_every_end_has_its_name(answer: Answer, expected: tuple[Outcome, str]) -> None:
    async with answering(answer) as destination:
        recorded = await generate(plan(destination, arrivals=AT_ONCE))
    assert len(recorded.samples) == 10
    assert outcome(recorded) == expected


@pytest.mark.parametrize("stream", [True, False])
async def test_whoever_is_sent_elsewhere_is_not_answered(*, stream: bool) -> None:
    sent = whole(b"", "308 Permanent Redirect", "Location: https://a.example/v1?key=1")
    async with answering(always(sent)) as destination:
        recorded = await generate(plan(destination, requests=(chat(stream=stream),)))
    assert outcome(recorded) == (Outcome.FAILED, "308 redirected to https://a.example/v1")


async def test_a_refusal_says_when_to_come_again() -> None:
    async with answering(always(REFUSAL)) as destination:
        recorded = await generate(plan(destination, count=1))
    assert list(recorded.samples.retry_after) == [7]
    assert math.isnan(recorded.samples.first_token[0])


@pytest.mark.parametrize("when", [b"inf", b"nan", b"Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_time_to_come_again_that_is_no_number_is_none(when: bytes) -> None:
    async with answering(always(REFUSAL.replace(b": 7", b": " + when))) as destination:
        recorded = await generate(plan(destination, count=1))
    assert math.isnan(recorded.samples.retry_after[0])


async def test_nobody_who_listens_is_another_thing_than_a_failure() -> None:
    recorded = await generate(plan(Destination("127.0.0.1", free_port()), count=2))
    assert outcome(recorded) == (Outcome.UNCONNECTED, "connection refused")


async def test_whoever_waits_for_a_connection_that_is_never_made_gets_the_next() -> None:
    """All are due at once, and all but two wait: a server that is gone is not waited for."""
    wanted = plan(Destination("127.0.0.1", free_port()), arrivals=Constant(1_000_000), most_connections=2)
    async with asyncio.timeout(30):
        recorded = await generate(wanted)
    assert (len(recorded.samples), recorded.own.waited_for_connection) == (10, 8)
    assert outcome(recorded) == (Outcome.UNCONNECTED, "connection refused")


async def test_whoever_takes_too_long_is_given_up() -> None:
    async with answering(always(SSE + chunk(WORD))) as destination:
        recorded = await generate(plan(destination, timeouts=Timeouts(whole=0.1), count=1))
    assert outcome(recorded) == (Outcome.TIMED_OUT, "not whole after 0.1 s")
    assert recorded.samples.events[0] == 1


async def test_what_is_open_when_it_is_stopped_is_abandoned() -> None:
    stop = asyncio.Event()

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(SSE + chunk(WORD))
        stop.set()

    async with answering(answer) as destination:
        recorded = await generate(plan(destination, count=None, duration=60), stop=stop)
    assert recorded.stopped
    assert outcome(recorded) == (Outcome.ABANDONED, "stopped")
    assert recorded.measured_until <= recorded.ended < 60


async def test_nothing_is_measured_where_it_is_stopped_in_the_warm_up() -> None:
    stop = asyncio.Event()

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(SSE + chunk(WORD))
        stop.set()

    async with answering(answer) as destination:
        recorded = await generate(plan(destination, count=None, warm_up=30, duration=60), stop=stop)
    assert recorded.stopped
    assert recorded.measured_from == recorded.measured_until == 30


@pytest.mark.parametrize(("arrivals", "needed", "most"), [(Closed(100), 100, 99), (Constant(1), 1, 0)])
async def test_fewer_connections_than_it_takes_are_told_in_a_sentence(
    arrivals: Arrivals, needed: int, most: int
) -> None:
    wanted = plan(Destination("127.0.0.1", 1), arrivals=arrivals, most_connections=most)
    with pytest.raises(GeneratorError, match=rf"have {most} connections, .* the {needed} that.*ulimit -n"):
        await generate(wanted)


async def test_a_name_without_an_address_is_told_at_once() -> None:
    with pytest.raises(GeneratorError, match=r"The name nohost\.invalid has no address"):
        await generate(plan(Destination("nohost.invalid", 80)))
