"""What is asked: scenarios, files of one's own, and the bodies of each API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelserver_operator.cli.loadtest.generating.plan import Family, Request
from modelserver_operator.cli.loadtest.wanted.bodies import APIS, Asking, Voice, requests
from modelserver_operator.cli.loadtest.wanted.prompts import UNIQUE
from modelserver_operator.cli.loadtest.wanted.scenarios import MIXED, SHORT, ScenarioError, found
from modelserver_operator.cli.loadtest.wanted.way import Way, WayError, direct

PLAIN = (Voice("demo"),)


def body(request: Request) -> Any:
    return json.loads(request.body)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("stream", [True, False])
def test_every_api_is_asked_in_its_own_words(api: str, stream: bool) -> None:
    (request,) = requests([SHORT], PLAIN, Asking(APIS[api], stream))
    asked = body(request)
    text = {"openai": "messages", "completions": "prompt", "responses": "input", "anthropic": "messages"}[api]
    limit = "max_output_tokens" if api == "responses" else "max_tokens"
    assert (asked["model"], asked["stream"], asked[limit], text in asked) == ("demo", stream, 32, True)
    assert ("stream_options" in asked) == (stream and api in ("openai", "completions"))
    assert (request.headers != ()) == (api == "anthropic")


def test_every_prompt_is_unique_from_its_first_word_on() -> None:
    (request,) = requests([SHORT], PLAIN, Asking(Family.CHAT, stream=True))
    text = body(request)["messages"][0]["content"]
    assert text.startswith(f"{UNIQUE} ")
    assert len(text.split()) == 1 + 32
    assert request.unique_at is not None
    assert request.body[request.unique_at :].startswith(UNIQUE.encode())
    assert len(UNIQUE) == 12  # as many letters as the generator writes over it


def test_a_shared_prefix_stands_before_what_is_unique() -> None:
    one, other = requests(MIXED[:2], PLAIN, Asking(Family.CHAT, stream=True, shared_prefix_words=5))
    texts = [body(each)["messages"][0]["content"].split(" ") for each in (one, other)]
    assert texts[0][:5] == texts[1][:5]
    assert texts[0][5] == texts[1][5] == UNIQUE


def test_tempers_share_a_scenario_evenly() -> None:
    voices = [Voice("demo", "happiness", 0.5), Voice("demo", "anger", 0.5), Voice("demo", "none")]
    made = requests(MIXED, voices, Asking(Family.MESSAGES, stream=True))
    assert [each.weight for each in made] == pytest.approx([2.0] * 3 + [1.0] * 3 + [1 / 3] * 3)
    asked = [(body(each).get("emotion"), body(each).get("emotion_scale")) for each in made[:3]]
    assert asked == [("happiness", 0.5), ("anger", 0.5), ("none", None)]


def test_a_file_of_ones_own_is_asked_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "- {scenario: greeting, weight: 3, prompt: Hello., max_tokens: 8, unique: true}\n"
        "- {messages: [{role: system, content: Be brief.}, {role: user, content: Hi}], extra: {temperature: 0}}\n"
    )
    first, second = requests(found(str(tmp_path / "own.yaml")), PLAIN, Asking(Family.CHAT, stream=True))
    assert (first.scenario, first.weight, body(first)["max_tokens"]) == ("greeting", 3.0, 8)
    assert body(first)["messages"] == [{"role": "user", "content": f"{UNIQUE} Hello."}]
    assert (second.scenario, second.unique_at, body(second)["temperature"]) == ("own", None, 0)
    assert len(body(second)["messages"]) == 2


def test_lines_of_json_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text('{"prompt": "One."}\n\n{"words": 5, "model": "grave"}\n')
    made = requests(found(str(tmp_path / "own.jsonl")), PLAIN, Asking(Family.COMPLETIONS, stream=False))
    assert [(body(each)["model"], body(each)["prompt"].count(" ")) for each in made] == [("demo", 0), ("grave", 5)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {prompt: Hi, words: 3}", "request 1: give exactly one of words, prompt and messages"),
        ("- {prompt: Hi}\n- {prompt: Hi, tokens: 3}", "request 2: tokens Extra inputs are not permitted"),
        ("- {prompt: Hi, weight: 0}", "request 1: weight Input should be greater than 0"),
        ("- {prompt: Hi, scenario: e2e}", "e2e is the name of a metric"),
        ("- {prompt: Hi, scenario: a.b}", "request 1: scenario String should match pattern"),
        ("prompt: Hi", "the file:"),
        ("[]", "holds no request"),
        ("- {prompt: [", "cannot be read"),
    ],
)
def test_a_file_that_is_wrong_is_told_where(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as error:
        found(str(file))
    assert said in str(error.value)


def test_an_unknown_scenario_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ScenarioError, match=r"'huge' is none of short, medium, long, mixed, and no file"):
        found("huge")


def test_a_url_becomes_what_the_generator_needs() -> None:
    reached = direct("http://127.0.0.1:8000/v1/", None, insecure=False).destination({"x-team": "search"})
    assert (reached.host, reached.port, reached.tls, reached.prefix) == ("127.0.0.1", 8000, None, "")
    behind = direct("https://models.example.com/support", None, insecure=True).destination({})
    assert (behind.port, behind.authority, behind.prefix) == (443, "models.example.com", "/support")
    assert behind.tls is not None
    numbered = direct("http://[::1]:8000", None, insecure=False).destination({})
    assert (numbered.host, numbered.port, numbered.authority) == ("::1", 8000, "[::1]:8000")


@pytest.mark.parametrize(
    "url", ["ftp://host", "http://", "https://host/?a=b", "http://[::1", "http://host:99999", "http://host/#a"]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(WayError):
        direct(url, None, insecure=False)


@pytest.mark.parametrize(
    "url", ["http://me:secret@host", "http://:secret@host", "http://secret@host", "http://host?key=secret"]
)
def test_a_url_with_a_secret_is_refused_and_not_said_again(url: str) -> None:
    with pytest.raises(WayError, match="give the base URL alone") as refused:
        direct(url, None, insecure=False)
    assert "secret" not in str(refused.value)


def test_a_key_goes_where_it_is_read() -> None:
    plain, proxied = (
        Way("http://host"),
        Way("https://api/proxy", "ServiceProxy", headers={"Authorization": "Bearer of-k8s"}),
    )
    assert plain.with_key("k", Family.CHAT) == {"Authorization": "Bearer k"}
    assert plain.with_key("k", Family.MESSAGES) == {"x-api-key": "k"}
    assert proxied.with_key("k", Family.CHAT) == {"Authorization": "Bearer of-k8s", "x-api-key": "k"}
    assert plain.with_key(None, Family.CHAT) == {}
