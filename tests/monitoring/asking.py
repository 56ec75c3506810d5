"""Clients that ask one server all the time, each again as soon as its last answer has ended, however it did."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

PAUSE_SECONDS = 0.1  # after each answer: a refusal comes at once and is no reason to ask without end
SILENCE_SECONDS = 300


def body(model: str, said: str, tokens: int, **more: Any) -> dict[str, Any]:
    """A stream of so many tokens."""
    messages = [{"role": "user", "content": said}]
    return {"model": model, "messages": messages, "max_tokens": tokens, "stream": True, **more}


@contextmanager
def asking(url: str, *bodies: Mapping[str, Any]) -> Iterator[None]:
    """A client for each body, which asks until the block ends and then hangs up."""
    ending = threading.Event()
    with ThreadPoolExecutor(1, "asking") as thread:
        asked = thread.submit(lambda: asyncio.run(_ask_all(url, bodies, ending)))
        try:
            yield
        finally:
            ending.set()
        asked.result()


async def _ask_all(url: str, bodies: tuple[Mapping[str, Any], ...], ending: threading.Event) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=SILENCE_SECONDS, trust_env=False) as http:
        clients = [asyncio.create_task(_ask(http, each)) for each in bodies]
        await asyncio.to_thread(ending.wait)
        for client in clients:
            client.cancel()
        ended = await asyncio.gather(*clients, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended), f"clients have ended by themselves: {ended}"


async def _ask(http: httpx.AsyncClient, asked: Mapping[str, Any]) -> None:
    while True:
        try:
            async with http.stream("POST", "/v1/chat/completions", json=asked) as answer:
                async for _ in answer.aiter_raw():
                    pass
        except httpx.TransportError:
            pass  # the server was killed, or ends
        await asyncio.sleep(PAUSE_SECONDS)
