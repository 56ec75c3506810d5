"""Log lines: one JSON object each, whoever writes them."""

import asyncio
import io
import json
import logging
import logging.config
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.runtime import configs
from tests.unit.runtime.scripted import CHAT
from tests.unit.runtime.test_service import Running

from modelserver_runtime import logs

SETTINGS = json.loads(logs.CONFIG.read_text(encoding="utf-8"))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged under the shipped configuration; afterwards logging is as it was."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    handlers = {**SETTINGS["handlers"], "stderr": {**SETTINGS["handlers"]["stderr"], "stream": stream}}
    logging.config.dictConfig({**SETTINGS, "handlers": handlers})
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_is_one_json_object(lines: io.StringIO) -> None:
    logging.getLogger("modelserver_runtime.shell").info("request %d", 1, extra={"fields": {"request_id": "ü"}})
    (line,) = lines.getvalue().splitlines()
    record = json.loads(line)
    assert record.pop("time").endswith("+00:00")
    assert record == {
        "level": "INFO",
        "logger": "modelserver_runtime.shell",
        "message": "request 1",
        "request_id": "ü",
    }


def test_an_exception_stays_on_its_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("vllm.engine").exception("failed\nbadly")
    (line,) = lines.getvalue().splitlines()
    record = json.loads(line)
    assert record["message"] == "failed\nbadly"
    assert record["exception"].endswith("ValueError: why")


def test_a_library_that_sets_the_roots_level_silences_nobody(lines: io.StringIO) -> None:
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger("modelserver_runtime.serve").info("ready")
    assert json.loads(lines.getvalue())["message"] == "ready"


CANARY = "canary-5up3r"


async def test_nothing_that_is_secret_is_logged_or_shown(lines: io.StringIO, tmp_path: Path) -> None:
    """Keys, right and wrong, prompts, answers, queries and the password of a Redis that does not answer."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "alice").write_text(CANARY)
    (tmp_path / "redis-url").write_text(f"redis://:{CANARY}@127.0.0.1:1/0")
    limits = {"requestsPerMinutePerClient": 100, "redisUrlPath": str(tmp_path / "redis-url")}
    config = configs.start(auth={"keysPath": str(tmp_path / "keys")}, rateLimit=limits)
    asked = [
        asked_with({"authorization": f"Bearer {CANARY}x"}),
        asked_with({"x-api-key": f"x{CANARY}"}),
        asked_with({"authorization": f"Bearer {CANARY}", "x-api-key": f"{CANARY}y"}),
        asked_with({"authorization": f"Basic {CANARY}"}),
        asked_with({"x-api-key": CANARY}, {"model": CANARY}),
        asked_with({"x-api-key": CANARY}, {CANARY: CANARY}),
        asked_with({"x-api-key": CANARY}, content=f"{CANARY} is no JSON"),
    ]
    async with Running(config) as running:
        await running.serving()
        statuses = [(await running.client.send(request(running.client))).status_code for request in asked]
        asking = asyncio.ensure_future(running.client.send(asked_with({"x-api-key": CANARY})(running.client)))
        await (await running.engine.call()).answer({"model": "demo", "choices": [{"text": CANARY}]})
        assert CANARY in (await asking).text
        shown = [(await running.control.get(path)).text for path in ("/stats", "/metrics", "/livez", "/readyz")]
    assert statuses == [401, 401, 401, 401, 404, 400, 400]
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    requests = [line for line in logged if line["message"] == "request"]
    assert len({line["request_id"] for line in requests}) == len(asked) + 1
    assert requests[-1]["client"] == "alice"
    assert "Redis does not answer" in lines.getvalue()
    assert CANARY not in lines.getvalue() + "".join(shown)


def asked_with(
    headers: dict[str, str], changes: dict[str, str] | None = None, content: str | None = None
) -> Callable[[httpx.AsyncClient], httpx.Request]:
    """A chat request, with a canary in its query and its prompt."""
    document = {**CHAT, "messages": [{"role": "user", "content": CANARY}], **(changes or {})}
    given: dict[str, Any] = {"content": content} if content else {"json": document}
    headers = {"content-type": "application/json", **headers}
    path = f"/v1/chat/completions?key={CANARY}"
    return lambda client: client.build_request("POST", path, headers=headers, **given)


def test_vllm_is_told_the_same(monkeypatch: pytest.MonkeyPatch, lines: io.StringIO) -> None:
    monkeypatch.delenv("VLLM_LOGGING_CONFIG_PATH", raising=False)
    logs.configure()
    logging.captureWarnings(False)
    assert os.environ["VLLM_LOGGING_CONFIG_PATH"] == str(logs.CONFIG)
