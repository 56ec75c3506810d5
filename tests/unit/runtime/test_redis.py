"""Rates in a real Redis: counted together, kept apart by server, and gone on with when it ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime import configs
from tests.unit.runtime.redis_server import RedisServer
from tests.unit.runtime.scripted import CHAT, Bench

from modelserver_runtime.config import RateLimit, StartConfig
from modelserver_runtime.config.namespace_file import full_name
from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.refusals import Family, Refused
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages import counters
from modelserver_runtime.stages.counters import MINUTE, RETRY_SECONDS, Redis
from modelserver_runtime.stages.rates import Rates

CHAT_PATH = "/v1/chat/completions"


class Failures:
    """How often Redis did not answer; and a clock that the test moves."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def add(self) -> None:
        self.count += 1

    def now(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The Redis that these tests share."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.end()


@pytest.fixture
def failures() -> Failures:
    return Failures()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that is there may be slow where other tests compute."""
    monkeypatch.setattr(counters, "PATIENCE_SECONDS", 60)


class Replicas:
    """Counters that share a Redis, as replicas do."""

    def __init__(self, url_path: Path, failures: Failures) -> None:
        self._url_path, self._failures = url_path, failures
        self.made: list[Redis] = []

    def one(self, prefix: str) -> Redis:
        self.made.append(Redis(self._url_path, prefix, self._failures.add, self._failures.now))
        return self.made[-1]


@pytest.fixture
async def replicas(running: RedisServer, failures: Failures, patient: None, tmp_path: Path) -> AsyncIterator[Replicas]:
    (tmp_path / "url").write_text(running.url + "\n")
    replicas = Replicas(tmp_path / "url", failures)
    yield replicas
    for counter in replicas.made:
        await counter.aclose()


def reply() -> Reply:
    async def send(_: Any) -> None: ...

    made = Reply(send, "id", Family.OPENAI, lambda _: None)
    made.client = "shop"
    return made


async def test_two_replicas_count_together(replicas: Replicas, failures: Failures) -> None:
    limits = RateLimit(requestsPerMinutePerClient=3, tokensPerMinutePerClient=100)
    one, other = (Rates(limits, replicas.one("together")) for _ in range(2))
    for rates in (one, other, one):
        await rates.take_request(reply())
        await rates.take_tokens(20, reply())
    await other.settle("shop", 20, 50)

    for rates in (one, other):
        with pytest.raises(Refused):
            await rates.take_request(reply())
        with pytest.raises(Refused):
            await rates.take_tokens(11, reply())
    await one.take_tokens(10, reply())
    assert failures.count == 0


async def test_servers_with_another_name_count_for_themselves(replicas: Replicas) -> None:
    assert (await replicas.one("modelserver/a").add("requests/shop", 1)).used == 1
    assert (await replicas.one("modelserver/b").add("requests/shop", 1)).used == 1


def twins(live: Path | None) -> StartConfig:
    """A server of that name, whose live part lies there."""
    part = {"live": {"path": str(live)}} if live else {}
    return StartConfig.model_validate(configs.start(**{"server.name": "twins"}, **part))


async def test_servers_of_one_name_in_two_namespaces_count_for_themselves(replicas: Replicas, tmp_path: Path) -> None:
    """The operator writes the namespace beside the live part."""
    for namespace in ("shop", "bank"):
        (tmp_path / namespace).mkdir()
        (tmp_path / namespace / "namespace").write_text(namespace)
    places = [tmp_path / name / "live.yaml" for name in ("shop", "bank", "shop", "nowhere")]
    prefixes = [full_name(twins(place)) for place in (*places, None)]

    assert [(await replicas.one(prefix).add("requests/shop", 1)).used for prefix in prefixes] == [1, 1, 2, 1, 2]


def test_a_namespace_that_cannot_be_read_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "namespace").mkdir()
    with pytest.raises(ConfigError, match=r"namespace \(beside live\.path\): cannot be read: Is a directory"):
        full_name(twins(tmp_path / "live.yaml"))


async def test_a_minute_ends_in_redis_too(replicas: Replicas) -> None:
    counter = replicas.one("minute")

    count = await counter.add("requests/shop", 1)
    later = await counter.add("requests/shop", 5)

    assert 0 < count.resets - time.time() <= MINUTE
    assert later.used == 6
    assert later.resets <= count.resets + 1, "the minute is that of the first request; Redis tells whole seconds"


async def test_without_redis_it_goes_on_in_memory_and_comes_back(
    replicas: Replicas, running: RedisServer, failures: Failures, caplog: pytest.LogCaptureFixture
) -> None:
    counter = replicas.one("away")
    for _ in range(3):
        await counter.add("requests/shop", 1)
    running.end()

    alone = [(await counter.add("requests/shop", 1)).used for _ in range(2)]

    assert alone == [1, 2], "a count of its own"
    assert failures.count == 1, "the second did not ask Redis"
    failures.seconds += RETRY_SECONDS
    assert (await counter.add("requests/shop", 1)).used == 3
    assert failures.count == 2
    assert len([line for line in caplog.messages if "does not answer" in line]) == 1

    running.start()
    failures.seconds += RETRY_SECONDS
    assert (await counter.add("requests/shop", 1)).used == 1, "in the Redis that has begun anew"
    assert failures.count == 2


async def test_a_redis_that_is_silent_costs_a_moment_once(failures: Failures, tmp_path: Path, silence: int) -> None:
    (tmp_path / "url").write_text(f"redis://127.0.0.1:{silence}")
    counter = Redis(tmp_path / "url", "silent", failures.add, failures.now)

    began = time.monotonic()
    assert (await counter.add("requests/shop", 1)).used == 1
    assert time.monotonic() - began < 4, "Redis' client itself would wait for five seconds"
    for _ in range(20):
        await counter.add("requests/shop", 1)
    assert failures.count == 1
    failures.seconds += RETRY_SECONDS
    await asyncio.gather(*(counter.add("requests/shop", 1) for _ in range(5)))

    assert failures.count == 2, "one of the five has tried"
    await counter.aclose()


@pytest.fixture
async def silence() -> AsyncIterator[int]:
    """The port of a listener that takes connections and says nothing."""
    taken: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: taken.append(writer), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in taken:
        writer.close()
        await writer.wait_closed()


async def test_a_new_url_is_taken_when_the_old_one_is_silent(
    replicas: Replicas, running: RedisServer, failures: Failures, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text("redis://127.0.0.1:1")
    counter = replicas.one("moved")
    assert (await counter.add("requests/shop", 1)).used == 1
    assert failures.count == 1
    (tmp_path / "url").write_text(running.url)
    failures.seconds += RETRY_SECONDS

    await counter.add("requests/shop", 7)

    assert failures.count == 1
    assert (await replicas.one("moved").add("requests/shop", 1)).used == 8


async def test_an_end_of_the_old_connections_that_fails_is_no_requests_failure(
    replicas: Replicas, running: RedisServer, failures: Failures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: object) -> None:
        raise ConnectionResetError

    (tmp_path / "url").write_text("redis://127.0.0.1:1")
    counter = replicas.one("closing")
    await counter.add("requests/shop", 1)
    (tmp_path / "url").write_text(running.url)
    failures.seconds += RETRY_SECONDS

    with monkeypatch.context() as context:
        context.setattr(counters, "_close", fails)
        assert (await counter.add("requests/shop", 1)).used == 2, "in memory"
    failures.seconds += RETRY_SECONDS

    assert (await counter.add("requests/shop", 1)).used == 1, "in the new Redis"
    assert failures.count == 2


async def test_a_url_that_is_no_good_later_leaves_the_last_one_in_force(
    replicas: Replicas, running: RedisServer, failures: Failures, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counter = replicas.one("kept")
    running.end()
    await counter.add("requests/shop", 1)
    (tmp_path / "url").write_text("http://secret.example.com")
    running.start()
    failures.seconds += RETRY_SECONDS

    assert (await counter.add("requests/shop", 1)).used == 1
    assert failures.count == 1
    assert any("stays in force" in line for line in caplog.messages)
    assert "secret" not in str([record.__dict__ for record in caplog.records])


@pytest.mark.parametrize("content", [None, b"", b"localhost:6379", b"memcached://x", b"redis://host:port", b"\xff"])
def test_a_file_without_a_url_ends_the_start(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "url").write_bytes(content)

    with pytest.raises(ConfigError, match=r"\(rateLimit\.redisUrlPath\)") as error:
        Redis(tmp_path / "url", "x", lambda: None)

    assert "localhost" not in str(error.value), "the URL may hold a password"


async def test_a_server_goes_on_without_its_redis(running: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(running.url)
    bounds = {"requestsPerMinutePerClient": 2, "redisUrlPath": str(tmp_path / "url")}
    bench = Bench({"rateLimit": bounds})
    running.end()
    try:
        callers = [bench.ask(CHAT_PATH, CHAT) for _ in range(3)]
        await bench.engine.play_on(callers)
    finally:
        running.start()

    assert sorted(caller.status for caller in callers) == [200, 200, 429]
    assert bench.metric("modelserver_redis_failures_total") >= 1
