"""A live scrape and a live /stats, with vLLM's own metrics in the same registry."""

from typing import Any

import httpx
import pytest
from openai import OpenAI
from tests import metrics_page
from tests.engine.server import Server, until
from tests.monitoring import scrape as metrics
from tests.monitoring import sources

FULL = {"ignore_eos": True}  # a model that says nothing sensible may also end at once
PROMPT = "a prompt of more than one block of the cache, asked for again and again " * 4


@pytest.fixture
def asked(server: Server, openai: OpenAI) -> Server:
    """The shared server after an answer, a stream and a refusal."""
    openai.completions.create(model="org/demo", prompt=PROMPT, max_tokens=4, extra_body=FULL)
    stream = openai.completions.create(model="org/demo", prompt=PROMPT, max_tokens=32, stream=True, extra_body=FULL)
    assert [chunk for chunk in stream if chunk.usage] == []
    assert httpx.get(server.url + "/nowhere", timeout=60).status_code == 404
    return server


def scrape(server: Server) -> str:
    return httpx.get(server.control_url + "/metrics", timeout=60).text


def stats(server: Server) -> dict[str, Any]:
    return dict(httpx.get(server.control_url + "/stats", timeout=60).json())


def test_the_page_has_every_metric_of_ours_with_its_type_and_labels_and_no_other(asked: Server) -> None:
    text = scrape(asked)

    assert metrics_page.scraped(text) == metrics_page.told()


def test_what_is_relied_on_of_vllms_own_is_there_as_the_page_and_the_recording_say(asked: Server) -> None:
    live = metrics.kinds(scrape(asked))
    told = {name: row for name, row in sources.rows(metrics_page.PAGE.read_text()).items() if name.startswith("vllm:")}
    recorded = metrics.kinds(metrics.VLLM.read_text())

    assert {name: live.get(name) for name in told} == told
    assert {name: live.get(name) for name in recorded} == recorded
    assert told.keys() <= recorded.keys()


def test_our_tokens_are_vllms_tokens(asked: Server, openai: OpenAI) -> None:
    ours = [f"modelserver_{kind}_tokens_total" for kind in ("prompt", "completion")]
    vllms = ["vllm:prompt_tokens_total", "vllm:generation_tokens_total"]
    before = [asked.metric(name) for name in (*ours, *vllms)]
    for stream in (False, True):
        assert list(openai.completions.create(model="demo", prompt="hi", max_tokens=5, stream=stream, extra_body=FULL))

    def added() -> list[float]:
        return [asked.metric(name) - was for name, was in zip((*ours, *vllms), before, strict=True)]

    until(lambda: added()[1] == 2 * 5)  # ours are counted when an answer is through, a moment after its last byte
    assert added()[:2] == added()[2:]


def test_stats_tell_of_the_last_requests_and_of_the_prefix_cache(asked: Server) -> None:
    until(lambda: stats(asked)["by_name"]["org/demo"]["tokens"]["completion"] >= 4 + 32)  # both have been through
    told = stats(asked)
    figures = told["by_name"]["org/demo"]

    assert told["state"] == "serving"
    assert 0 < told["prefix_cache_hit_rate"] < 1
    assert figures["error_rate"] == 0
    assert 0 < figures["ttft_seconds"]["p50"] <= figures["e2e_seconds"]["p99"]
    assert figures["itl_seconds"]["p50"] > 0
    assert told["in_force"]["admission"]["maxRunning"] == 4
