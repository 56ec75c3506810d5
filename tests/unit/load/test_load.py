"""The load generator tells what happened to each stream as what it is: else a lost one could pass for a whole one."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import aiohttp
import pytest
from tests.load.asking import Outcome, ask
from tests.load.load import Load, Tally
from tests.load.question import Question
from tests.ports import free_port
from tests.unit.load.misbehaving import WHOLE, Misbehaving, misbehaving
from tests.waiting import until

SECONDS = 30


@pytest.fixture(scope="module")
def server() -> Iterator[Misbehaving]:
    with misbehaving() as server:
        yield server


def asked(url: str, *, whole: bytes = WHOLE, kept: int = 1, fresh: int = 1, requests: int = 6) -> Tally:
    """What a load counts that asks at least so often."""
    with Load({"it": Question(url, {"stream": True}, whole)}, kept=kept, fresh=fresh).running() as load:
        until(lambda: load.tallies["it"].requests >= requests, SECONDS, "so many answers have ended")
    return load.tallies["it"]


@pytest.mark.parametrize(
    ("path", "outcome", "words"),
    [
        ("whole", Outcome.WHOLE, ""),
        ("cut", Outcome.CUT, "after 27 of 59 bytes"),
        ("short", Outcome.CUT, "ended after 45 of 59 bytes"),
        ("wrong", Outcome.WRONG, "data: 7"),
        ("503", Outcome.REFUSED, "503 no"),
        ("429", Outcome.REFUSED, "429 no"),
        ("500", Outcome.FAILED, "500 no"),
        ("404", Outcome.FAILED, "404 no"),
        ("silent", Outcome.FAILED, "before any answer"),
    ],
)
def test_each_misfortune_is_counted_as_what_it_is(server: Misbehaving, path: str, outcome: Outcome, words: str) -> None:
    tally = asked(server.url(path))
    assert set(tally.answers) == {outcome}
    assert all(words in trouble.text for trouble in tally.troubles)
    assert len(tally.troubles) == (0 if outcome is Outcome.WHOLE else tally.requests)


def test_a_connection_that_nobody_takes_is_neither_refused_nor_lost() -> None:
    assert set(asked(f"http://127.0.0.1:{free_port()}/").answers) == {Outcome.UNCONNECTED}


async def test_a_connection_that_is_never_made_was_not_accepted() -> None:
    """As where a pod's address is gone, and nobody says so. A full line of connections is as silent."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, ExitStack() as waiting:
        for _ in range(8):
            waiting.enter_context(hurried(silent.getsockname()))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(sock_connect=0.2)) as session:
            answer = await ask(session, Question(url, {}, WHOLE))
    assert answer.outcome is Outcome.UNCONNECTED


def hurried(address: tuple[str, int]) -> socket.socket:
    """A client that begins to connect, and does not wait."""
    client = socket.socket()
    client.setblocking(False)
    with suppress(BlockingIOError):
        client.connect(address)
    return client


def test_whole_is_only_what_has_every_byte_and_the_end(server: Misbehaving) -> None:
    assert set(asked(server.url("cut"), whole=WHOLE[:27]).answers) == {Outcome.CUT}
    assert set(asked(server.url("whole"), whole=WHOLE[:-1]).answers) == {Outcome.WRONG}


def test_only_what_is_allowed_is_forgiven(server: Misbehaving) -> None:
    refused = asked(server.url("503"))
    assert refused.not_whole(Outcome.REFUSED, Outcome.UNCONNECTED) == []
    assert len(refused.not_whole(Outcome.UNCONNECTED)) == refused.requests
    assert len(refused.not_whole(since=2)) == refused.requests - 2


@pytest.mark.parametrize(("kept", "fresh"), [(2, 0), (0, 2)])
def test_kept_connections_are_used_again_and_fresh_ones_are_not(kept: int, fresh: int) -> None:
    with misbehaving() as server:
        tally = asked(server.url("whole"), kept=kept, fresh=fresh, requests=20)
    assert set(tally.answers) == {Outcome.WHOLE}
    assert server.connections == (kept or tally.requests)


def test_no_answer_is_left_uncounted() -> None:
    with misbehaving() as server:
        tally = asked(server.url("whole"), kept=3, fresh=3)
    assert (tally.requests, tally.open) == (server.requests, 0)
    assert server.most_open > 1
