"""What the clients of the load ask: streams of the likeliest tokens, each of which is the same whoever gives it."""

import json
from typing import Any

import httpx
from tests.bench.rollout.site import NAME
from tests.load.asking import Outcome
from tests.load.load import Load
from tests.load.question import Question

# The long ones outlast a lame duck of five seconds on busy cores; of the short ones there are many.
TOKENS = {"long": 480, "short": 100}
EACH_KEPT, EACH_FRESH = 1, 2  # clients; more would leave nothing of two cores to pods that start
EVENT = b"\n\n"
PATIENCE_SECONDS = 120.0
FAILED = (Outcome.FAILED, Outcome.WRONG)
REFUSED = (Outcome.REFUSED, Outcome.UNCONNECTED)


def load(url: str) -> Load:
    """The clients. What a whole answer is was asked of one pod while nobody else asked."""
    questions = {name: _question(f"{url}/v1/completions", tokens) for name, tokens in TOKENS.items()}
    return Load(questions, kept=EACH_KEPT, fresh=EACH_FRESH)


def requests(load: Load) -> int:
    """How many have ended so far."""
    return sum(tally.requests for tally in load.tallies.values())


def figures(load: Load) -> dict[str, int]:
    """What became of them. A wrong answer has failed; where nobody takes a connection a request is refused."""

    def count(*outcomes: Outcome) -> int:
        return sum(tally.answers[outcome] for tally in load.tallies.values() for outcome in outcomes)

    return {
        "requests": requests(load),
        "failed": count(*FAILED),
        "cut": count(Outcome.CUT),
        "refused": count(*REFUSED),
    }


def troubles(load: Load) -> list[str]:
    """All that is told of answers that were not whole."""
    return [trouble for tally in load.tallies.values() for trouble in tally.not_whole()]


def said(body: bytes) -> bytes:
    """The text of a stream's whole events, then how it ended; without their ids and times."""
    return b"".join(_said(event.removeprefix(b"data: ")) for event in body.split(EVENT)[:-1])


def _said(data: bytes) -> bytes:
    if data == b"[DONE]":
        return b"<done>"
    choice: dict[str, Any] = json.loads(data)["choices"][0]
    text: str = choice["text"]
    ended = f"<{choice['finish_reason']}>" if choice["finish_reason"] else ""
    return (text + ended).encode()


def _question(url: str, tokens: int) -> Question:
    likeliest = {"temperature": 0, "ignore_eos": True}
    body = {"model": NAME, "prompt": "Once", "max_tokens": tokens, "stream": True, **likeliest}
    answer = httpx.post(url, json=body, timeout=PATIENCE_SECONDS).raise_for_status()
    whole = said(answer.content)
    if not whole.endswith(b"<length><done>"):
        raise ValueError(f"the answer that others are compared with is not whole: {whole[-200:]!r}")
    return Question(url, body, whole, said)
