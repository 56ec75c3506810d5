"""Log lines: one JSON object each, whoever writes them."""

import io
import json
import logging
import logging.config
import os
from collections.abc import Iterator

import pytest

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


def test_vllm_is_told_the_same(monkeypatch: pytest.MonkeyPatch, lines: io.StringIO) -> None:
    monkeypatch.delenv("VLLM_LOGGING_CONFIG_PATH", raising=False)
    logs.configure()
    logging.captureWarnings(False)
    assert os.environ["VLLM_LOGGING_CONFIG_PATH"] == str(logs.CONFIG)
