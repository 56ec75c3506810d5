"""Which specs are in use: as many as are allowed, each for as long as one of its requests lasts."""

import contextlib

import pytest

from modelserver_runtime.emotions.active import Active
from modelserver_runtime.refusals import Refused
from modelserver_runtime.steering.spec import Spec


def spec(number: int) -> Spec:
    return Spec.parse(f"all;{number:064x}:100")


def test_requests_of_one_spec_are_one_mix_until_the_last_has_ended() -> None:
    active = Active(1)
    with active.held(spec(1), own=True):
        with active.held(spec(1), own=True):
            assert len(active) == 1
        assert len(active) == 1
        assert active.names(f"{1:064x}")
    assert len(active) == 0
    assert not active.names(f"{1:064x}")


def test_one_more_is_refused_and_leaves_nothing_behind() -> None:
    active = Active(2)
    with active.held(spec(1), own=True):
        with active.held(spec(2), own=True):
            with pytest.raises(Refused) as refused, active.held(spec(3), own=True):
                raise AssertionError
            with active.held(spec(1), own=True), active.held(None, own=True):
                assert len(active) == 2
        with active.held(spec(3), own=True):
            assert active.names(f"{3:064x}")
    refusal = refused.value.refusal
    assert (refusal.status, refusal.reason, refusal.retry_after) == (429, "too_many_mixes", 1)
    assert "2 different mixes" in refusal.message


def test_what_a_name_stands_for_is_let_in_and_counts() -> None:
    active = Active(1)
    with active.held(spec(1), own=True), active.held(spec(2), own=False), active.held(spec(3), own=False):
        assert len(active) == 3
        with pytest.raises(Refused) as refused, active.held(spec(4), own=True):
            raise AssertionError
    assert "use 3 different mixes of emotions, and from 1 on none may bring another" in refused.value.refusal.message


def test_a_request_that_fails_has_ended_too() -> None:
    active = Active(1)
    with contextlib.suppress(ZeroDivisionError), active.held(spec(1), own=True):
        raise ZeroDivisionError
    assert len(active) == 0


def test_scales_and_phases_are_other_mixes() -> None:
    active = Active(3)
    texts = ("all;{}:100", "all;{}:99", "decode;{}:100")
    with contextlib.ExitStack() as stack:
        for text in texts:
            stack.enter_context(active.held(Spec.parse(text.replace("{}", "0" * 64)), own=True))
        assert len(active) == 3
