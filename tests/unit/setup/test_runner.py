"""The step runner: what is done is skipped, what fails says what, where and what to do."""

import io
from pathlib import Path

import pytest
from tools.setup.recorder import Recorder
from tools.setup.runner import run
from tools.setup.screen import Screen, duration
from tools.setup.step import Step, StepError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSERVER_CACHE", str(tmp_path))


class Ground:
    """Steps that note that they ran."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.shown = io.StringIO()

    def step(self, name: str) -> Step:
        return Step(
            name, f"Make {name}", lambda: name in self.made, lambda _: self.made.append(name), f"look at {name}."
        )

    def run(self, *steps: Step, quiet: bool = False) -> bool:
        return run(steps, Screen(self.shown, quiet=quiet))


def test_steps_run_in_order_and_only_once() -> None:
    ground = Ground()
    steps = [ground.step("first"), ground.step("second")]
    assert ground.run(*steps)
    assert ground.run(*steps)
    assert ground.made == ["first", "second"]


def test_each_step_is_one_line_where_there_is_no_terminal() -> None:
    ground = Ground()
    ground.run(ground.step("first"), ground.step("second"))
    ground.run(ground.step("first"))
    lines = ground.shown.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["first", "second", "first"]
    assert "done in" in lines[0]
    assert lines[2].endswith("nothing to do")


def test_quiet_says_nothing_of_what_is_done() -> None:
    ground = Ground()
    ground.run(ground.step("first"), quiet=True)
    before = ground.shown.getvalue()
    ground.run(ground.step("first"), quiet=True)
    assert ground.shown.getvalue() == before


def test_a_failing_command_shows_its_last_words_its_log_and_what_to_do(tmp_path: Path) -> None:
    ground = Ground()

    def fail(recorder: Recorder) -> None:
        recorder.run("sh", "-c", "echo working; echo no space left >&2; exit 3")

    later = ground.step("later")
    assert not ground.run(Step("broken", "Break", lambda: False, fail, "free some space."), later)
    shown = ground.shown.getvalue()
    assert "exited with 3" in shown
    assert "no space left" in shown
    assert f"Log: {tmp_path}/logs/broken.log" in shown
    assert "What to do: free some space." in shown
    assert ground.made == []


def test_a_step_can_say_in_a_sentence_why_it_cannot_go_on() -> None:
    ground = Ground()

    def refuse(_: Recorder) -> None:
        raise StepError("this machine has no apt")

    assert not ground.run(Step("broken", "Break", lambda: False, refuse, "install it."))
    assert "broken failed: this machine has no apt" in ground.shown.getvalue()


def test_a_missing_program_is_a_failure_and_no_traceback() -> None:
    ground = Ground()
    assert not ground.run(Step("broken", "Break", lambda: False, lambda r: r.run("no-such-program"), "install it."))
    assert "no-such-program" in ground.shown.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.44, "0.4 s"), (37.2, "37 s"), (220, "3 min 40 s"), (119.8, "2 min 0 s")]
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
