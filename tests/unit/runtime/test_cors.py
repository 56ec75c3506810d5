"""Pages of other origins: preflights without a key, headers on every answer, none where nothing is configured."""

import logging
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.scripted import CHAT, Bench, Caller

PAGE, OTHER = "https://app.example.com", "https://evil.example.com"
CHAT_PATH = "/v1/chat/completions"
# What the two SDKs' JavaScript editions send with a request from a page.
SENT = (
    "authorization,content-type,x-api-key,anthropic-version,anthropic-beta,anthropic-dangerous-direct-browser-access,"
    "x-stainless-arch,x-stainless-lang,x-stainless-os,x-stainless-package-version,x-stainless-retry-count,"
    "x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout,x-request-id,traceparent"
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A server for one page, with a key."""
    (tmp_path / "shop").write_text("sk-shop")
    return Bench({"cors": {"allowedOrigins": [PAGE]}, "auth": {"keysPath": str(tmp_path)}})


async def preflight(bench: Bench, origin: str = PAGE, **headers: str) -> Caller:
    asked = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": SENT}
    return await bench.ask(CHAT_PATH, method="OPTIONS", headers={**asked, **headers}).done()


async def test_a_preflight_is_answered_without_a_key(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    caller = await preflight(bench)

    assert caller.status == 200
    assert caller.headers["access-control-allow-origin"] == PAGE
    assert set(caller.headers["access-control-allow-methods"].split(", ")) == {"GET", "POST"}
    assert set(SENT.split(",")) <= set(caller.headers["access-control-allow-headers"].split(","))
    assert "Origin" in caller.headers["vary"]
    assert "access-control-allow-credentials" not in caller.headers
    assert fields(caplog) == [{"origin": PAGE, "path": CHAT_PATH, "status": 200}]
    assert bench.metric("modelserver_requests_refused_total", reason="cors") == 0


@pytest.mark.parametrize(
    ("origin", "headers"), [(OTHER, {}), (f"{PAGE}.evil.com", {}), (PAGE, {"access-control-request-method": "DELETE"})]
)
async def test_a_preflight_of_what_is_not_allowed_is_refused_and_counted(
    bench: Bench, origin: str, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    caller = await preflight(bench, origin, **headers)

    assert caller.status == 400
    assert caller.headers.get("access-control-allow-origin") in (None, PAGE)
    assert fields(caplog) == [{"origin": origin, "path": CHAT_PATH, "status": 400}]
    assert bench.metric("modelserver_requests_refused_total", reason="cors") == 1


async def test_an_answer_can_be_read_by_the_page(bench: Bench) -> None:
    caller = bench.ask(CHAT_PATH, CHAT, headers={"origin": PAGE, "x-api-key": "sk-shop"})
    await (await bench.engine.call()).answer({"model": "demo"})

    await caller.done()

    assert caller.status == 200
    assert caller.headers["access-control-allow-origin"] == PAGE
    assert caller.headers["vary"] == "Origin"
    exposed = set(caller.headers["access-control-expose-headers"].split(", "))
    assert {"x-request-id", "request-id", "retry-after"} <= exposed
    assert {"x-ratelimit-remaining-tokens", "anthropic-ratelimit-requests-reset"} <= exposed


@pytest.mark.parametrize(("path", "status"), [(CHAT_PATH, 401), ("/nowhere", 404)])
async def test_so_can_a_refusal(bench: Bench, path: str, status: int) -> None:
    caller = await bench.ask(path, CHAT, headers={"origin": PAGE}).done()

    assert caller.status == status
    assert caller.headers["access-control-allow-origin"] == PAGE


async def test_another_page_cannot(bench: Bench) -> None:
    caller = await bench.ask(CHAT_PATH, CHAT, headers={"origin": OTHER}).done()

    assert "access-control-allow-origin" not in caller.headers
    assert caller.headers["vary"] == "Origin", "a cache must not give this answer to the page that may read"


async def test_who_is_no_page_gets_the_answer_too(bench: Bench) -> None:
    caller = await bench.ask("/v1/models", method="GET", headers={"x-api-key": "sk-shop"}).done()

    assert caller.status == 200
    assert "access-control-allow-origin" not in caller.headers


async def test_every_origin() -> None:
    bench = Bench({"cors": {"allowedOrigins": ["*"]}})

    for caller in (await preflight(bench, OTHER), await bench.ask("/", method="GET", headers={"origin": OTHER}).done()):
        assert caller.status == 200
        assert caller.headers["access-control-allow-origin"] == "*"


async def test_options_that_are_no_preflight_are_a_method_like_any_other(bench: Bench) -> None:
    assert (await bench.ask(CHAT_PATH, method="OPTIONS", headers={"origin": PAGE}).done()).status == 405


async def test_without_origins_there_is_no_cors() -> None:
    bench = Bench()

    for caller in (await preflight(bench), await bench.ask("/", method="GET", headers={"origin": PAGE}).done()):
        assert [name for name in caller.headers if name.startswith("access-control-") or name == "vary"] == []
    assert (await preflight(bench)).status == 405


def fields(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """What the log says of preflights."""
    return [record.fields for record in caplog.records if record.message == "preflight"]  # type: ignore[attr-defined]
