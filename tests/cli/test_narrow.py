"""`modelserver top` and `modelserver loadtest` in a terminal of sixty columns, without colour."""

import re
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from tests.cli.scripted import Scripted
from tests.cli.terminal import Terminal, terminal

PROGRAM = Path(sys.executable).parent / "modelserver"
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:[34][0-8]|9[0-7]|10[0-7])(?:;\d+)*m")
BACKGROUND = re.compile(rb"\x1b\[(?:\d+;)*(?:4[0-8]|10[0-7])(?:;\d+)*m")
FIGURE = r"[\d.]+ m?s"


def narrow(*words: str, rows: int) -> AbstractContextManager[Terminal]:
    return terminal(PROGRAM, *words, columns=60, rows=rows, environment={"NO_COLOR": "1"})


def test_top_shows_whole_columns_pages_and_help(server: Scripted) -> None:
    with server.asked_by(1, tokens=4), narrow("top", "--interval", "0.5", server.control, rows=30) as shown:
        shown.shows(r"^ NAME▲ +STATE +RUN +WAIT +TOK/S +E2E95$")
        shown.shows(r"^ demo +Well +[01] +0 +[\d.]+ +[\d.]+m?s$")
        shown.shows(r"^ q quit .*…$")
        shown.press("/dem")  # at once, as over a slow line
        shown.shows(r"^dem$")
        shown.press("enter")
        shown.shows(r"^demo: .*\n\n q quit")  # the field is gone
        shown.press("enter")
        shown.shows(r"^POD .* E2E95 .*ERRORS$")
        shown.shows(r"^127\.0\.0\.1:\d+ True +serving +[01] ")
        shown.shows(r"^There is no room here for E2E50, TTFT50,")
        shown.press("escape", "?")
        shown.shows(r"^enter +one server: .*,\n {16}refusals, conditions$")
        shown.press("q")
        assert shown.ends() == 0
        assert COLOUR.search(shown.raw) is None


def test_a_bar_beside_the_help_is_painted_on_no_background(server: Scripted) -> None:
    with terminal(PROGRAM, "top", "--interval", "0.5", server.control, columns=60, rows=16) as shown:
        shown.shows(r"^ demo +Well ")
        shown.press("?")
        shown.shows(r"^escape +back")
        assert BACKGROUND.search(shown.raw) is None


def test_once_has_the_columns_that_there_is_room_for(server: Scripted) -> None:
    with narrow("top", "--once", "--interval", "0.5", server.control, rows=12) as shown:
        assert shown.ends() == 0
        text = shown.text()
    assert re.search(r"^NAME .* E2E95 REFUSED$", text, flags=re.MULTILINE)
    assert re.search(r"^demo .* 0\n  It is serving\.$", text, flags=re.MULTILINE)
    assert "There is no room here for MODEL, " in text


def test_loadtest_breaks_no_figure(server: Scripted) -> None:
    server.plays(first_seconds=0.01, interval_seconds=0.001)
    load = ("--concurrency", "2", "--requests", "8", "--warm-up", "0s", "--assert", "e2e.p95<1ms")
    with narrow("loadtest", server.url, *load, rows=40) as shown:
        assert shown.ends() == 1
        text = shown.text()
    assert re.search(rf"^End to end short( +{FIGURE}){{5}}$", text, flags=re.MULTILINE)
    assert "There is no room here for MEAN." in text
    assert re.search(rf"^e2e\.p95<1ms +DOES NOT HOLD +{FIGURE}$", text, flags=re.MULTILINE)
    assert COLOUR.search(shown.raw) is None
