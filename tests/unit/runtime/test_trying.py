"""`emotions try`: columns that fit a terminal, and a sentence about whatever keeps the answers away."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner, Result

from modelserver_runtime.commands import main
from modelserver_runtime.trying.columns import Column, beside, cells_of, wrapped

BASE = [{"id": "demo", "object": "model"}, {"id": "org/demo", "object": "model"}]
VARIANTS = [{"id": f"demo-{name}", "parent": "demo", "emotions": {name: 1.0}} for name in ("happy", "sad", "calm")]


class Played:
    """A server that answers as ours does, with keys or without, with these models."""

    def __init__(self, models: object, key: str | None) -> None:
        self.models, self.key = models, key
        self.bodies: list[dict[str, Any]] = []
        self.refuses: dict[str, Any] | None = None
        self.answers: dict[str, Any] | None = None

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, object]:
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            return 401, {"error": {"message": "no key"}}
        if path == "/v1/models":
            return 200, {"object": "list", "data": self.models}
        if path != "/v1/chat/completions":
            return 404, "nothing here"
        document = json.loads(body)
        self.bodies.append(document)
        if self.refuses:
            return 400, self.refuses
        text = f"I am {document['model']} {document.get('emotions', '')}".strip()
        return 200, self.answers or {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}


@contextmanager
def serving(models: object, key: str | None = None) -> Iterator[tuple[str, Played]]:
    """(address, the server)."""
    played = Played(models, key)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, document = played.answer(self.path, self.headers, body)
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.send_header("x-modelserver-steering", "happiness=1.00;rev=0123456789ab")
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", played
        finally:
            server.shutdown()
            thread.join()


def run(*arguments: str, columns: int = 80, **environment: str) -> Result:
    unset = dict.fromkeys(("MODELSERVER_API_KEY", "OPENAI_API_KEY"), "")
    runner = CliRunner(env={**unset, "COLUMNS": str(columns), **environment})
    return runner.invoke(main, ["emotions", "try", *arguments])


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    return result.stderr.strip()


@pytest.mark.parametrize(("columns", "beside"), [(80, 3), (30, 1), (200, 4)])
def test_variants_stand_beside_the_base(columns: int, beside: int) -> None:
    with serving([*BASE, *VARIANTS]) as (url, _):
        done = run(url, "How was it?", columns=columns)
    lines = done.stdout.splitlines()
    assert done.exit_code == 0, done.stderr
    assert max(map(len, lines)) <= columns
    assert lines[0].split() == ["demo", "demo-happy", "demo-sad", "demo-calm"][:beside]
    for name in ("demo", "demo-happy", "demo-sad", "demo-calm"):
        assert f"I am {name}" in done.stdout
    assert lines[1].split() == ["happiness=1.00"] * beside


def test_all_are_asked_the_same() -> None:
    with serving([*BASE, *VARIANTS[:1]]) as (url, played):
        done = run(
            url.removeprefix("http://") + "/v1/chat/completions", "How was it?", "--max-tokens", "7", "-o", "json"
        )
    assert done.exit_code == 0, done.stderr
    asked = {"messages": [{"role": "user", "content": "How was it?"}], "max_tokens": 7, "temperature": 0.0}
    assert sorted(played.bodies, key=lambda body: body["model"]) == [
        {"model": "demo", **asked},
        {"model": "demo-happy", **asked},
    ]
    assert json.loads(done.stdout)["answers"][1] == {
        "name": "demo-happy",
        "steering": "happiness=1.00;rev=0123456789ab",
        "text": "I am demo-happy",
        "finish_reason": "stop",
    }


def test_emotions_of_the_request() -> None:
    with serving(BASE) as (url, played):
        done = run(url, "How was it?", "--emotion", "anger", "--emotion", "fear=-0.5", "-o", "json")
    assert done.exit_code == 0, done.stderr
    assert [answer["name"] for answer in json.loads(done.stdout)["answers"]] == ["demo", "anger=1.00", "fear=-0.50"]
    emotions = [body.get("emotions") for body in played.bodies]
    assert [each for each in emotions if each is None or "anger" in each or "fear" in each] == emotions
    assert {"fear": -0.5} in emotions


def test_the_plain_model_beside_its_variants() -> None:
    with serving(BASE) as (url, played):
        done = run(url, "How was it?", "--emotion", "none", "-o", "json")
    assert done.exit_code == 0, done.stderr
    assert [answer["name"] for answer in json.loads(done.stdout)["answers"]] == ["demo", "none"]
    assert sorted(str(body.get("emotion")) for body in played.bodies) == ["None", "none"]


@pytest.mark.parametrize("emotion", ["", "anger=", "anger=much", "anger=5", "anger=nan", "=1"])
def test_an_emotion_that_is_none(emotion: str) -> None:
    done = run("http://127.0.0.1:1", "hi", "--emotion", emotion)
    assert done.exit_code == 2
    assert "is no NAME or NAME=SCALE with a scale from -4 to 4" in done.stderr


def test_keys_come_from_the_environment() -> None:
    with serving([*BASE, *VARIANTS], key="secret") as (url, _):
        assert refused(run(url, "hi")) == (
            f"Error: {url} wants a key: set MODELSERVER_API_KEY or OPENAI_API_KEY in the environment."
        )
        assert "does not take the key" in refused(run(url, "hi", OPENAI_API_KEY="another"))
        assert run(url, "hi", OPENAI_API_KEY="secret").exit_code == 0
        assert run(url, "hi", OPENAI_API_KEY="another", MODELSERVER_API_KEY="secret").exit_code == 0


def test_what_keeps_the_answers_away() -> None:
    with serving(BASE) as (url, played):
        assert refused(run(url, "hi")) == (
            f"Error: {url} serves demo without variants; say --emotion NAME to steer it by request."
        )
        played.refuses = {"error": {"message": "The field `emotions` names the unknown emotion `x`."}}
        assert refused(run(url, "hi", "--emotion", "x")) == (
            f"Error: {url}/v1/chat/completions answers 400: The field `emotions` names the unknown emotion `x`."
        )
        played.refuses, played.answers = None, {"choices": []}
        assert refused(run(url, "hi", "--emotion", "x")).endswith("answers with no chat completion.")
        played.models = []
        assert "lists no models" in refused(run(url, "hi"))
        assert "answers 404" in refused(run(f"{url}/elsewhere", "hi"))
    assert refused(run("http://127.0.0.1:1", "hi")).startswith("Error: No server answers at http://127.0.0.1:1: ")
    assert refused(run("http://nohost.invalid", "hi")).startswith("Error: No server answers at http://nohost.invalid: ")
    assert "is no address of a server" in refused(run("ftp://127.0.0.1", "hi"))


def test_lines_are_broken_between_words_and_are_never_too_wide() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("一二三 四", 4) == ["一二", "三", "四"]
    assert wrapped("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrapped("a\n\nb", 3) == ["a", "", "b"]
    assert cells_of("é") == 1


def test_what_a_terminal_would_obey_is_shown_as_a_mark() -> None:
    assert wrapped("\x1b[2Jgone", 20) == ["�[2Jgone"]


def test_columns_of_different_lengths() -> None:
    text = beside([Column("a", "none", "one two"), Column("b", "x=1", "three")], width=50)
    assert text.splitlines() == [
        "a                         b",
        "none                      x=1",
        "────────────────────────  ────────────────────────",
        "one two                   three",
    ]
