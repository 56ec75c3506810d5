"""What is asked, on how many connections, and what stands in the record of it."""

import asyncio

from tests.unit.loadtest.answering import DONE, SSE, USED, WORD, always, answering, chat, chunk, plan, whole

from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.plan import Closed, Constant, Family, Poisson, Request
from modelserver_operator.cli.loadtest.generating.recorded import Progress

STREAM = SSE + chunk(WORD) + chunk(WORD) + chunk(USED + DONE) + chunk(b"")
JSON = whole(b'{"usage":{"input_tokens":2,"cache_read_input_tokens":3,"output_tokens":4}}', "200 OK", "Server: Some")


async def test_a_connection_is_asked_again() -> None:
    async with answering(always(STREAM)) as destination:
        recorded = await generate(plan(destination, arrivals=Closed(3), count=30))
    assert len(recorded.samples) == 30
    assert recorded.own.connections <= 3
    assert recorded.gaps[0].count == 30


async def test_tokens_are_those_that_the_answer_says_it_used() -> None:
    async with answering(always(STREAM)) as destination:
        streamed = (await generate(plan(destination, count=1))).samples
    async with answering(always(JSON)) as destination:
        plain = (await generate(plan(destination, count=1, requests=(chat(stream=False),)))).samples
    assert (streamed.events[0], streamed.tokens_in[0], streamed.tokens_out[0]) == (2, 9, 2)
    assert (plain.events[0], plain.tokens_in[0], plain.tokens_out[0]) == (0, 5, 4)


async def test_an_event_in_pieces_is_one_event() -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(SSE)
        for byte in WORD + WORD + USED + DONE:
            writer.write(chunk(bytes([byte])))
            await asyncio.sleep(0)
        writer.write(chunk(b""))

    async with answering(answer) as destination:
        samples = (await generate(plan(destination, count=1))).samples
    assert (samples.events[0], samples.tokens_out[0]) == (2, 2)


async def test_no_two_bodies_are_the_same_where_they_should_not_be() -> None:
    """Of the same plan twice neither: a server remembers the prompts of the first time."""
    heard: list[bytes] = []

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        heard.append(request)
        writer.write(STREAM)

    unique = Request("chat", "/a", b'{"p":"unique000000 x"}', Family.CHAT, stream=True, unique_at=6)
    async with answering(answer) as destination:
        await generate(plan(destination, requests=(unique,)))
        await generate(plan(destination, requests=(unique,)))
    assert len({request.partition(b"\r\n\r\n")[2] for request in heard}) == 20
    assert all(request.endswith(b' x"}') and request.startswith(b"POST /a HTTP/1.1\r\nHost: 127") for request in heard)


async def test_values_of_headers_are_counted() -> None:
    async with answering(always(JSON)) as destination:
        recorded = await generate(
            plan(destination, requests=(chat(stream=False),), noted_headers=("server", "x-other"))
        )
    assert recorded.headers == {"server": {"Some": 10}, "x-other": {}}


async def test_the_warm_up_is_recorded_and_not_measured() -> None:
    async with answering(always(STREAM)) as destination:
        recorded = await generate(plan(destination, arrivals=Constant(100), warm_up=0.2, duration=0.3, count=None))
    measured = [recorded.measured_from <= due < recorded.measured_until for due in recorded.samples.intended]
    assert (len(measured), sum(measured)) == (50, 30)
    assert recorded.gaps[0].count == 30


async def test_a_count_ends_behind_the_last_that_is_measured() -> None:
    async with answering(always(STREAM)) as destination:
        recorded = await generate(plan(destination, arrivals=Poisson(200), warm_up=0.1, count=20))
    measured = [recorded.measured_from <= due < recorded.measured_until for due in recorded.samples.intended]
    assert sum(measured) == 20


async def test_what_waits_for_a_connection_is_said_to_be_the_generators_fault() -> None:
    all_due = asyncio.Event()

    def told(progress: Progress) -> None:
        if progress.begun == 10:
            all_due.set()

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        await all_due.wait()
        writer.write(STREAM)

    async with answering(answer) as destination:
        recorded = await generate(plan(destination, arrivals=Constant(1000), most_connections=2), told)
    assert len(recorded.samples) == 10
    assert (recorded.own.connections, recorded.own.waited_for_connection) == (2, 8)
    assert "waited for one of 2 connections" in (recorded.own.bottleneck or "")


async def test_whoever_watches_is_told_at_the_end_at_least() -> None:
    told: list[Progress] = []
    async with answering(always(STREAM)) as destination:
        await generate(plan(destination), told.append)
    assert (told[-1].begun, told[-1].ended, told[-1].answered, told[-1].in_flight) == (10, 10, 10, 0)


async def test_callers_who_wait_ask_less_while_a_server_stands_still() -> None:
    """The same moments: an open loop asks on, and counts from when each was due; a closed one asks once a caller,
    and all but these answers look as if nothing had been."""

    async def asked_meanwhile(arrivals: Closed | Constant) -> int:
        heard: list[float] = []  # the stall begins with the first

        async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
            heard.append(asyncio.get_running_loop().time())
            stands_still = heard[0] + 0.4 - heard[-1]
            await asyncio.sleep(max(0.001, stands_still))
            writer.write(STREAM)

        async with answering(answer) as destination:
            samples = (await generate(plan(destination, arrivals=arrivals, count=None, duration=0.6))).samples
        return sum(end - due > 0.1 for end, due in zip(samples.end, samples.intended, strict=True))

    assert await asked_meanwhile(Constant(100)) >= 25
    assert await asked_meanwhile(Closed(2)) < 25
