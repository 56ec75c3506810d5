"""`modelserver top` in a terminal, at the control ports of real runtimes around a scripted engine."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.cli.scripted import Scripted, scripted
from tests.cli.terminal import Terminal, terminal

PROGRAM = Path(sys.executable).parent / "modelserver"
FAST = ("--interval", "0.5")
TABLE = r"^ q quit +\? help"  # its last line; pages have another


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    """A second server, which has another name and nothing to do."""
    with scripted(tmp_path_factory.mktemp("other"), name="other", servedNames=["other"]) as server:
        yield server


def top(
    *words: str, columns: int = 120, environment: Mapping[str, str] | None = None
) -> AbstractContextManager[Terminal]:
    return terminal(PROGRAM, "top", *FAST, *words, columns=columns, rows=24, environment=environment)


def test_it_shows_servers_sorts_filters_and_opens_one(server: Scripted, other: Scripted) -> None:
    server.plays(first_seconds=0.1)
    with server.asked_by(2, tokens=4), top(server.control, other.control) as shown:
        shown.shows(r"^ demo +Well +1/1 +[012] +0 +[\d.]+ +[\d.]+ +[\d.]+m?s +[\d.]+m?s +[\d.]+m?s +[\d.]+m?s +0 +0$")
        shown.shows(r"^ other +Well +1/1 +0 +0 +0 +0 +- +- +- +- +0 +0$")
        shown.press("r")
        shown.shows(r"^ NAME▼(.*\n)+ other .*\n demo ")
        shown.press("<", *6 * ["s"])
        shown.shows(r"TOK/S▼(.*\n)+ demo .*\n other ")
        shown.press("/")
        shown.shows(r"^words of a name")
        shown.press("oth")
        shown.shows(r"1 of 2 servers with oth")
        shown.shows(r"^ NAME.*\n other .*\n\n")  # the only row; the line with the words may be drawn before it
        shown.press("enter")
        shown.shows(r"^other: .*\n\n q quit")  # the field is gone
        shown.press("/")
        shown.shows(r"^oth$")
        shown.press("escape")
        shown.shows(r"^ 2 servers ")
        shown.press("up", "enter")
        shown.shows(r"^demo: It is serving\.$")
        shown.shows(r"^SERVED NAME(.*\n)+demo +\d+")
        shown.shows(r"^127\.0\.0\.1:\d+ +True +serving +[012] ")
        shown.shows(r"^Tokens/s +.*█.*\d+$")
        shown.press("q")
        assert shown.ends() == 0
        assert shown.is_as_it_was()


def test_it_has_the_columns_that_there_is_room_for(server: Scripted) -> None:
    with top(server.control, columns=80) as shown:
        for columns, last, not_yet in ((80, "REFUSED", "REQ/S"), (120, "ERRORS", "MODEL"), (200, "CONDITION", None)):
            shown.resize(columns, 24)
            heading = shown.shows(rf"^ NAME▲ .* {last}$")[0]
            assert not_yet is None or not_yet not in heading
        shown.shows(r"^ demo +Well .* org/demo +It is serving\.$")
        shown.press("?")
        shown.shows(r"^TTFT50, TTFT95 +to the first token")
        shown.shows(r"^ escape back .* q quit$")
        shown.resize(30, 24)
        shown.shows(r"^ escape back .*…$")
        shown.press("ctrl-c")
        assert shown.ends() == 0
        assert shown.is_as_it_was()
        # The terminal's own green, and no background is painted: it may be white.
        assert b"\x1b[32;49m" in shown.raw
        assert re.search(rb"\x1b\[[0-9;]*\b4[0-8][;m]", shown.raw) is None


def test_a_server_that_goes_and_comes_back(tmp_path: Path) -> None:
    with scripted(tmp_path) as server, top(server.control) as shown:
        shown.shows(r"^ demo +Well ")
        port = server.control_port
        server.ends()
        shown.shows(r"^ demo +NeedsHelp +0/1 +- +- ")
        shown.shows(r"^demo: http://\S+ cannot be reached: Connection refused\.$")
        with scripted(tmp_path, control_port=port) as back:
            shown.shows(r"^ demo +Well +1/1 +0 ")
            back.chat()
            shown.shows(r"^ demo +Well +1/1 +0 +0 +(?!0 )[\d.]+ ")  # what it counts from zero again
        shown.press("q")
        assert shown.ends() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was_and_colour_can_be_had_off(
    server: Scripted, number: signal.Signals
) -> None:
    with top(server.control, environment={"NO_COLOR": "1"}) as shown:
        shown.shows(TABLE)
        shown.process.send_signal(number)
        assert shown.ends() == 0
        assert shown.is_as_it_was()
        assert re.search(rb"\x1b\[[0-9;]*\b[34][0-8][;m]", shown.raw) is None
        assert b"Traceback" not in shown.raw


def test_without_a_terminal_it_says_what_to_do(server: Scripted) -> None:
    done = subprocess.run(
        [PROGRAM, "top", server.control], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert "Error: There is no terminal to draw in: say --once, with -o json for a script." in done.stderr
