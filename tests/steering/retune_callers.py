"""Callers of one server while its live part changes: each asks again and again, and keeps what it was told."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

TOKENS = 200  # of each answer: long enough that a change falls into it, and no two of 32 fit beside all others
SURE = 1e-3  # between the likeliest token's log-probability and the next one's: batches of other sizes differ by 1e-5
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Asking:
    """What one caller says: a served name, a prompt, and emotions of its own."""

    model: str
    prompt: str
    emotions: tuple[tuple[str, float], ...] = ()

    def body(self, **options: Any) -> dict[str, Any]:
        """Greedy, and past the end that the model would choose."""
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": self.prompt}],
            "temperature": 0,
            "max_tokens": TOKENS,
            "ignore_eos": True,
            "logprobs": True,
            **({"emotions": dict(self.emotions)} if self.emotions else {}),
            **options,
        }


@dataclass
class Told:
    """One answer as it came. asked, began, ended: by this process's clock; it began when its headers were there."""

    asking: Asking
    status: int
    steering: str
    asked: float
    raw: bytes = b""
    began: float = 0.0
    ended: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether the stream came to its end."""
        return self.raw.rstrip().endswith(b"data: [DONE]")

    @property
    def revision(self) -> str:
        """Of the live part, as the header says."""
        return self.steering.partition("rev=")[2]

    @cached_property
    def tokens(self) -> list[str]:
        """As they came."""
        logprobs = (choice.get("logprobs") or {} for choice in self._choices)
        return [each["token"] for found in logprobs for each in found.get("content") or ()]

    @property
    def finish(self) -> str | None:
        """Why it ended."""
        return next((choice["finish_reason"] for choice in self._choices if choice["finish_reason"]), None)

    @cached_property
    def _choices(self) -> list[dict[str, Any]]:
        """Read afterwards: 32 callers in one process have better things to do while they are answered."""
        events = (line.removeprefix(b"data: ") for line in self.raw.splitlines() if line.startswith(b"data: {"))
        return [choice for event in events for choice in json.loads(event).get("choices", ())]


@dataclass(frozen=True)
class Reference:
    """The answer to a caller who is alone, as far as no other batch could change it."""

    steering: str
    sure: list[str]

    @property
    def revision(self) -> str:
        """As of an answer."""
        return self.steering.partition("rev=")[2]


def alone(url: str, asking: Asking) -> Reference:
    """Ask when nobody else does."""
    body = asking.body(top_logprobs=2)
    answer = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()["choices"][0]["logprobs"]["content"]
    assert len(tokens) == TOKENS
    sure = next((place for place, token in enumerate(tokens) if _margin(token) < SURE), len(tokens))
    return Reference(answer.headers["x-modelserver-steering"], [token["token"] for token in tokens[:sure]])


def _margin(token: dict[str, Any]) -> float:
    first, second = (each["logprob"] for each in token["top_logprobs"])
    return float(first - second)


async def storm(url: str, callers: list[Asking], change: Callable[[], None]) -> tuple[list[Told], float]:
    """All that `callers` are told, who ask on until one answer that began after `change`; and when that was over."""
    told: list[Told] = []
    answering, changed = asyncio.Semaphore(0), asyncio.Event()

    async def call(client: httpx.AsyncClient, asking: Asking) -> None:
        last, after = await _ask(client, asking, answering.release), False
        told.append(last)
        while last.status == 200 and not after:
            after = changed.is_set()
            last = await _ask(client, asking)
            told.append(last)

    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, limits=httpx.Limits()) as client:
        calls = [asyncio.ensure_future(call(client, asking)) for asking in callers]
        for _ in callers:
            await answering.acquire()
        await asyncio.to_thread(change)
        moment = time.monotonic()
        changed.set()
        await asyncio.gather(*calls)
    return told, moment


async def _ask(client: httpx.AsyncClient, asking: Asking, answering: Callable[[], None] = lambda: None) -> Told:
    asked = time.monotonic()
    async with client.stream("POST", "/v1/chat/completions", json=asking.body(stream=True)) as answer:
        told = Told(asking, answer.status_code, answer.headers.get("x-modelserver-steering", ""), asked)
        told.began = time.monotonic()
        answering()
        pieces = [piece async for piece in answer.aiter_raw()]
    told.ended = time.monotonic()
    told.raw = b"".join(pieces)
    return told
