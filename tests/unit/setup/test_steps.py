"""The list of steps, and the places where versions stand."""

import re

from tools.setup import engine, toolchain
from tools.setup.places import ROOT
from tools.setup.steps import STEPS, with_needs


def test_every_step_needs_only_steps_before_it() -> None:
    before: set[str] = set()
    for step in STEPS:
        assert set(step.needs) <= before, step.name
        before.add(step.name)


def test_a_step_brings_what_it_needs() -> None:
    assert [step.name for step in with_needs(["model"])] == ["packages", "engine", "model"]


def test_the_engines_version_is_the_tag_of_the_runtimes_base() -> None:
    assert f":v{engine.version()}\n" in (ROOT / "Dockerfile.runtime").read_text()


def test_the_go_version_is_the_one_of_the_development_clusters_module() -> None:
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?", toolchain.needed())
