"""What `status --watch` shows where nothing has happened but time, and when a server has gone."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live
from tests.unit.operator.seen import NOW, all_up, pod, told, wanted

from modelserver_operator.cli.status import following
from modelserver_operator.cli.status.following import Log, Terminal, mirror
from modelserver_operator.cli.status.looking import Asked
from modelserver_operator.cli.status.view import View
from modelserver_operator.cluster import MODEL_SERVER
from modelserver_operator.status import Children

ONE = Asked("team", "demo")
NOBODY: Any = None  # is asked here


def changed(seconds: int) -> View:
    """A server that serves, so long after a change that nobody has looked at."""
    status = told(wanted(), Children(deployment=all_up(), pods=[pod(ready=True)]))
    whose = {"name": "demo", "namespace": "team", "generation": 8, "creationTimestamp": NOW.isoformat()}
    return View({"metadata": whose, "spec": {}, "status": status}, NOW + timedelta(seconds=seconds))


def test_an_operator_that_does_not_look_is_news(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(None)
    for seconds in (10, 40, 70, 100):
        log.show([changed(seconds)])
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("The operator has not looked at its last change yet. Meanwhile 1 pod answers.")
    assert " Meanwhile 1 pod answers. To do: See whether the operator runs, " in second


def test_so_it_is_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(lambda view: json.dumps({"state": str(view.said.state)}))
    for seconds in (10, 40, 70, 100):
        log.show([changed(seconds)])
    assert [json.loads(each)["state"] for each in capsys.readouterr().out.splitlines()] == ["OnItsWay", "NeedsHelp"]


class Seen:
    """A screen that counts how often it is shown something."""

    live = False

    def __init__(self, enough: int) -> None:
        self._left, self.done = enough, asyncio.Event()

    def show(self, _: Sequence[View]) -> None:
        """Once more."""
        self._left -= 1
        if not self._left:
            self.done.set()


async def test_a_log_looks_again_where_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "QUIET_SECONDS", 0.01)
    servers = mirror(NOBODY, MODEL_SERVER, ONE, lambda: None)
    servers.synced = True
    seen = Seen(3)
    showing = asyncio.create_task(following._show(NOBODY, {MODEL_SERVER: servers}, seen, asyncio.Event()))
    async with asyncio.timeout(60):
        await seen.done.wait()
    showing.cancel()


@pytest.mark.parametrize(
    ("asked", "views", "shown"),
    [
        (ONE, [changed(10)], "demo: The operator has not looked"),
        (ONE, [], "demo is deleted"),
        (Asked("team"), [], "NAME"),
    ],
)
def test_a_server_that_has_gone_is_told_of(asked: Asked, views: list[Any], shown: str) -> None:
    drawn = io.StringIO()
    console = Console(file=drawn, width=200, force_terminal=True, color_system=None)
    with Live(console=console, auto_refresh=False) as display:
        Terminal(asked, display).show(views)
    assert shown in drawn.getvalue()
