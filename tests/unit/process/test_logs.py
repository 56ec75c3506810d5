"""JSON logs: whatever is logged, by whomever, is one JSON object a line. Each in a process: logging is global."""

import json
import subprocess
import sys
from typing import Any

import pytest

SETUP = """
import asyncio, gc, logging, sys, warnings
from modelserver_operator import logs
logs.configure("json", "INFO")
"""


def said(script: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", SETUP + script], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.split("\n")[:-1]]


def test_a_line_says_when_how_bad_who_and_what() -> None:
    (line,) = said("logging.getLogger('modelserver_operator.x').warning('%s is %d', 'one', 1)")
    assert line["time"].endswith("+00:00")
    assert line | {"time": ""} == {
        "time": "",
        "level": "WARNING",
        "logger": "modelserver_operator.x",
        "message": "one is 1",
    }


def test_a_traceback_stays_in_its_line() -> None:
    script = """
try:
    {}["missing"]
except KeyError:
    logging.getLogger("kopf.objects").exception("a handler has\\nfailed")
"""
    (line,) = said(script)
    assert line["message"] == "a handler has\nfailed"
    assert line["error"].startswith("Traceback")
    assert "KeyError: 'missing'" in line["error"]


def test_kopfs_own_loggers_for_objects_too() -> None:
    script = """
import kopf
from kopf._core.actions.loggers import ObjectLogger
body = {"metadata": {"name": "a", "namespace": "b", "uid": "c"}, "kind": "ModelServer", "apiVersion": "v1"}
ObjectLogger(body=body, settings=kopf.OperatorSettings()).warning("kopf says %s", "this")
"""
    (line,) = said(script)
    assert line["message"].endswith("kopf says this")
    assert line["logger"].startswith("kopf")


def test_what_asyncio_says_of_a_failure_that_nobody_fetched() -> None:
    script = """
async def fail():
    raise RuntimeError("lost")

async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()

asyncio.run(main())
"""
    (line,) = said(script)
    assert line["logger"] == "asyncio"
    assert "never retrieved" in line["message"]
    assert "RuntimeError: lost" in line["error"]


def test_warnings_of_python() -> None:
    (line,) = said("warnings.warn('this will go', DeprecationWarning)")
    assert (line["logger"], line["level"]) == ("py.warnings", "WARNING")
    assert "this will go" in line["message"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("logging.warning('%d apples', 'no')", "%d apples ('no',)"),
        ("logging.warning('line\\u2028separator \\udc80 \\x00 ü')", "line\u2028separator \udc80 \x00 ü"),
        ("logging.warning({'not': 'text'})", "{'not': 'text'}"),
    ],
)
def test_messages_that_are_hard_to_write(call: str, message: str) -> None:
    (line,) = said(call)
    assert line["message"] == message


def test_where_a_line_comes_from_when_asked_for() -> None:
    (line,) = said("logging.warning('here', stack_info=True)")
    assert "Stack (most recent call last)" in line["stack"]
