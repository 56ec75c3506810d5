"""The URLs of `modelserver top`: what is none is told, and nobody is counted twice."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from modelserver_operator import podstats
from modelserver_operator.cli import main, pods
from modelserver_operator.cli.top import at_urls
from modelserver_operator.resolve.identity import ANSWER_SECONDS


def test_a_pod_has_as_long_to_answer_whoever_asks() -> None:
    for asking in (podstats, pods, at_urls):
        named = {name: value for name, value in vars(asking).items() if name.endswith("SECONDS") and value == 2}
        assert named == {"ANSWER_SECONDS": ANSWER_SECONDS}, asking.__name__


@pytest.mark.parametrize("url", ["http://", "http://host:99999", "http://[::1", "http://:9000"])
def test_a_url_without_a_place_is_told(url: str) -> None:
    ran = CliRunner().invoke(main, ["top", "--once", url])
    assert (ran.exit_code, "has no host, or no port" in " ".join(ran.output.split())) == (2, True)


def test_options_of_a_cluster_are_not_for_urls() -> None:
    for words, named in ((["-n", "team"], "-n"), (["-A"], "-A"), (["--context", "one"], "--context")):
        ran = CliRunner().invoke(main, ["top", "--once", "http://127.0.0.1:9", *words])
        assert (ran.exit_code, f"{named} goes with the ModelServers of a cluster" in ran.output) == (2, True)


def test_who_is_named_twice_is_one_server() -> None:
    ran = CliRunner().invoke(main, ["top", "--once", "--interval", "0.5", "http://127.0.0.1:9", "http://127.0.0.1:9/"])
    assert (ran.exit_code, ran.output.count("cannot be reached")) == (1, 1)
