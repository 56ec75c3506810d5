"""What `top` shows: which columns, in which order, which servers, and one server's page. Nothing is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from modelserver_operator.cli.screen import plain
from modelserver_operator.cli.status.advice import State
from modelserver_operator.cli.top import command
from modelserver_operator.cli.top.board import Board, board
from modelserver_operator.cli.top.choosing import Choice
from modelserver_operator.cli.top.columns import BY_NAME, COLUMNS, GAP, number, seconds, shown, widths
from modelserver_operator.cli.top.data import data
from modelserver_operator.cli.top.look import Look, Pod, Server
from modelserver_operator.cli.top.page import page
from modelserver_operator.cli.top.scrape import EMOTIONS, ENGINE_TOKENS, REFUSED, REQUESTS, TOKENS, Counts, Scrape
from modelserver_operator.cli.top.screens import EXPLAINED
from modelserver_operator.cli.top.spark import spark
from modelserver_operator.cli.top.text import listing
from modelserver_operator.cli.top.watched import Memory

ANSWERED = (REQUESTS, "demo", "answered")


def server(name: str, state: State = State.WELL, namespace: str = "team") -> Server:
    return Server((namespace, name), state, f"{name} is {state}.", "True", 1, 2, f"models/{name}")


def pod(
    server: str, at: float, counts: Counts | None = None, *, number: int = 0, why: str = "", running: int = 1
) -> Pod:
    said = None if why else Scrape("serving", running, 2, 1.0, 0.5, counts=counts or {})
    return Pod(("team", f"{server}-{number}", "uid"), ("team", server), True, at, said, why)


def looked(servers: Sequence[Server], *looks: Sequence[Pod]) -> Board:
    """The board after these looks."""
    memory = Memory()
    made = [board(Look({each.key: each for each in servers}, pods, ["a note"]), memory) for pods in looks]
    return made[-1]


@pytest.fixture
def three() -> Board:
    servers = [server("busy"), server("idle"), server("lost", State.NEEDS_HELP, "work")]
    counts = {ANSWERED: 20.0, (TOKENS, "demo"): 200.0, (EMOTIONS, "none"): 1.0, (EMOTIONS, "joy"): 2.0}
    refused = {(REFUSED, "waiting_line_full"): 3.0, (REQUESTS, "demo", "failed"): 1.0}
    first = [pod("busy", 0), pod("busy", 0, number=1), pod("idle", 0)]
    second = [pod("busy", 10, counts), pod("busy", 10, refused, number=1, running=4), pod("idle", 10, running=0)]
    return looked(servers, first, second)


def test_figures_of_all_pods_are_one_servers(three: Board) -> None:
    busy, idle, lost = three.rows
    assert (busy.figures.running, busy.figures.waiting) == (5, 4)
    assert (busy.figures.requests, busy.figures.tokens, busy.figures.errors) == (2.1, 20, 1)
    assert (busy.figures.refused, busy.figures.steered) == ({"waiting_line_full": 3}, ["joy"])
    assert (idle.figures.running, idle.figures.requests, idle.figures.ttft.p95) == (0, 0, None)
    assert (lost.figures.running, lost.figures.requests, lost.pods) == (None, None, [])
    assert three.seconds == 10


def test_the_engines_own_count_of_tokens_goes_before_that_of_ended_requests() -> None:
    counts = {(TOKENS, "demo"): 10.0, (ENGINE_TOKENS,): 500.0}
    made = looked([server("busy")], [pod("busy", 0)], [pod("busy", 10, counts)])
    assert made.rows[0].figures.tokens == 50


def test_a_pod_that_falls_silent_is_not_shown_as_it_was() -> None:
    went = [pod("busy", 0)], [pod("busy", 2, {ANSWERED: 8.0})], [pod("busy", 4, why="it does not answer")]
    (row,) = looked([server("busy")], *went).rows
    assert (row.figures.running, row.figures.requests) == (None, None)
    (again,) = looked([server("busy")], *went, [pod("busy", 6, {ANSWERED: 12.0})]).rows
    assert again.figures.requests == 2  # of all the time, the silence included


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (Choice(), ["busy", "idle", "lost"]),
        (Choice(turned=True), ["lost", "idle", "busy"]),
        (Choice("running"), ["busy", "idle", "lost"]),
        (Choice("running", turned=True), ["idle", "busy", "lost"]),  # what is not known stays last
        (Choice("state"), ["lost", "busy", "idle"]),
        (Choice(words="MODELS/i team"), ["idle"]),
        (Choice(words="needshelp"), ["lost"]),
        (Choice(words="nothing such"), []),
    ],
)
def test_servers_are_chosen_and_ordered(three: Board, choice: Choice, names: list[str]) -> None:
    assert [row.server.key[1] for row in choice.rows(three.rows)] == names


def test_the_keys_go_through_the_columns_that_are_shown() -> None:
    columns = shown(80, everywhere=False)
    names = [column.name for column in columns]
    choice = Choice()
    for expected in [*names[1:], names[0]]:
        choice = choice.next(columns, 1)
        assert choice.sort == expected
    assert Choice("model").next(columns, 1).sort == names[0]  # the terminal has become narrow
    assert set(command.SORTS) == set(BY_NAME)


LONG = board(Look({each.key: each for each in [server(40 * "n", namespace=40 * "m")]}, [], []), Memory())


@pytest.mark.parametrize("width", [60, 70, 80, 120, 200])
@pytest.mark.parametrize("everywhere", [False, True])
def test_a_terminal_has_room_for_what_is_shown(three: Board, width: int, everywhere: bool) -> None:
    columns = shown(width, everywhere=everywhere)
    cells = [[column.text(row) for column in columns] for row in (*three.rows, *LONG.rows)]
    wide = widths(columns, cells, width)
    assert sum(wide) + GAP * len(wide) <= width
    always = {"name", "state", "running", "waiting"}
    assert always | ({"tokens", "ttft95", "e2e95"} if width >= 80 else set()) <= {column.name for column in columns}
    assert (columns[-1].name == "condition") == (width == 200)


def test_the_page_says_all_of_a_server(three: Board) -> None:
    text = plain(*page(three.rows[0], 120))
    for expected in ("busy: busy is Well.", "busy-1", "50%", "waiting_line_full", "joy", "demo", "Tokens/s"):
        assert expected in text


def test_once_has_every_column_and_the_notes(three: Board) -> None:
    text = plain(*listing(three, three.rows, everywhere=False))
    assert all(column.heading in text for column in COLUMNS)
    assert text.endswith("Rates, percentiles and numbers are of the last 10.0 s.\nnote: a note\n")


def test_data_for_scripts(three: Board) -> None:
    content = data(three, three.rows)
    busy, _, lost = content["servers"]
    assert (content["schemaVersion"], content["seconds"], content["notes"]) == (1, 10, ["a note"])
    assert (busy["running"], busy["requestsPerSecond"], busy["requests"]) == (5, 2.1, {"answered": 20, "failed": 1})
    assert (busy["byName"]["demo"]["tokensPerSecond"], busy["emotions"]) == (20, {"joy": 2, "none": 1})
    assert [each["name"] for each in busy["podFigures"]] == ["busy-0", "busy-1"]
    assert (lost["namespace"], lost["running"], lost["ttftSeconds"]) == ("work", None, {"p50": None, "p95": None})


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (number, None, "-"),
        (number, 0, "0"),
        (number, 0.01, "<0.1"),
        (number, 2.25, "2.2"),
        (number, 99_949, "99949"),
        (number, 99_951, "100k"),
        (seconds, None, "-"),
        (seconds, 0.0426, "43ms"),
        (seconds, 1.234, "1.23s"),
        (seconds, 12.6, "13s"),
    ],
)
def test_numbers_are_short(write: Callable[[float | None], str], value: float | None, text: str) -> None:
    assert write(value) == text


def test_a_line_of_bars_is_as_high_as_the_highest() -> None:
    assert (spark([0, 1, 2, 4], 3), spark([0, 0], 5), spark([], 5)) == ("▃▅█", "▁▁", "")


def test_the_help_explains_every_column() -> None:
    explained = {word for what, _ in EXPLAINED for word in what.split(", ")}
    assert {column.heading for column in COLUMNS} - explained == {"NAME"}
