"""Which tiers a command line runs, and with which words for pytest."""

import pytest
from tools.setup.steps import with_needs
from tools.tiers.__main__ import LONG, NEEDS, planned
from tools.tiers.ahead import BESIDE, FIRST


def test_all_tiers_together_leave_the_long_tests_and_tiers_out() -> None:
    short = [tier for tier in NEEDS if tier not in LONG]
    assert planned(["-x"]) == {tier: ["-m", "not long", "-x"] for tier in short}
    assert {"keda", "live"} == NEEDS.keys() - short


def test_at_night_every_tier_runs_whole() -> None:
    assert planned(["--nightly", "-x"]) == {tier: ["-x"] for tier in NEEDS}


def test_a_tier_alone_runs_whole() -> None:
    assert planned(["--only", "engine", "-k", "end"]) == {"engine": ["-k", "end"]}


def test_tiers_that_are_named_run_one_after_the_other() -> None:
    both = ["--only", "monitoring", "--only", "live"]
    assert planned([*both, "-x"]) == {"monitoring": ["-x"], "live": ["-x"]}
    file = "tests/live/test_live.py"
    assert planned([*both, file]) == {"live": [file]}


def test_a_path_runs_in_the_tier_that_holds_it_alone_and_whole() -> None:
    assert planned(["tests/controlplane/test_x.py", "-x"]) == {"controlplane": ["tests/controlplane/test_x.py", "-x"]}
    assert planned(["--nightly", "tests/cli"]) == {"cli": ["tests/cli"]}
    live, unit = "tests/live/test_live.py::test_one", "tests/unit/operator"
    assert planned([live, "-k", "one", unit]) == {"unit": ["-k", "one", unit], "live": [live, "-k", "one"]}


@pytest.mark.parametrize("lost", ["tests/contrlplane/test_x.py", "tests/bench/x.py"])
@pytest.mark.parametrize("others", [[], ["--nightly"], ["tests/cli"]])
def test_a_path_of_no_tier_runs_nothing(lost: str, others: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        planned([*others, lost])
    assert f"error: {lost} lies in no tier; there are tests/unit, tests/cli, " in capsys.readouterr().err


def test_a_tier_that_is_named_runs_a_path_of_none() -> None:
    assert planned(["--only", "engine", "tests/bench/x.py"]) == {"engine": ["tests/bench/x.py"]}


def test_what_is_made_beside_tests_installs_no_packages_and_is_needed() -> None:
    before = {step.name for step in with_needs(FIRST)}
    beside = [name for steps in BESIDE for name in steps]
    assert {step.name for step in with_needs(beside)} - before - {"root"} == set(beside)
    assert {"packages", "cluster-packages", "environment"} <= before
    assert set(beside) <= {name for tier in NEEDS if tier not in LONG for name in needs(tier)}


def test_what_is_made_side_by_side_is_made_once() -> None:
    before = {step.name for step in with_needs(FIRST)}
    made = [{step.name for step in with_needs(steps)} - before - {"root"} for steps in BESIDE]
    assert sum(map(len, made)) == len(set.union(*made))


def needs(tier: str) -> list[str]:
    return [step.name for step in with_needs(NEEDS[tier])]
