"""A function of vLLM is replaced only where it is the one that the patch was written for."""

import sys
from types import ModuleType
from typing import Any

import pytest

from modelserver_runtime.steering.patching import Target


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module with one class and one function, as if it were vLLM's."""
    made = ModuleType("patched_library")

    class Runner:
        def step(self, output: int, *, model: None = None) -> int:
            return output

    made.Runner, made.keys = Runner, lambda request: [request]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "patched_library", made)
    return made


STEP = Target("patched_library", "Runner.step", ("output", "model"))


def doubled(step: Any) -> Any:
    def double(self: Any, output: int) -> int:
        return 2 * int(step(self, output))

    return double


def test_it_is_replaced_once(module: Any) -> None:
    assert STEP.problem == "Runner.step of vLLM is not patched."
    STEP.replace(doubled)
    STEP.replace(doubled)

    assert module.Runner().step(3) == 6
    assert STEP.in_force
    assert not STEP.problem


def test_a_function_of_a_module_too(module: Any) -> None:
    target = Target("patched_library", "keys", ("request",))
    target.replace(lambda keys: lambda request: [*keys(request), "ours"])

    assert module.keys("theirs") == ["theirs", "ours"]
    assert target.in_force


def test_other_parameters_are_left_alone_and_said(module: Any) -> None:
    target = Target("patched_library", "Runner.step", ("output",))
    target.replace(doubled)

    assert module.Runner().step(3) == 3
    assert target.problem == "Runner.step of vLLM takes (output, model), not (output)."


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target("patched_library", "Runner.stop", ()), "vLLM has no Runner.stop in patched_library."),
        (Target("patched_library", "Walker.step", ()), "vLLM has no Walker.step in patched_library."),
        (Target("no_library", "step", ()), "vLLM has no step in no_library."),
    ],
)
def test_what_is_not_there_is_said(module: Any, target: Target, said: str) -> None:
    target.replace(doubled)
    assert target.problem == said


def test_a_patch_that_something_else_undid_is_not_in_force(module: Any) -> None:
    original = module.Runner.step
    STEP.replace(doubled)
    module.Runner.step = original

    assert STEP.problem == "Runner.step of vLLM is not patched."
