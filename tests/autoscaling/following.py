"""Every change of some objects, in order and without a gap, as the API server tells it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, NamedTuple

import httpx
from tests.autoscaling.background import Background
from tests.controlplane.kube import API, Kube, Manifest, path

HOUR = "3600"  # how long the API server should keep one watch open, in seconds


class Change(NamedTuple):
    """kind: ADDED, MODIFIED or DELETED."""

    kind: str
    manifest: Manifest


class GapError(Exception):
    """The API server does not tell everything any more."""


async def follow(http: httpx.AsyncClient, kind: str, namespace: str = "", **selectors: str) -> AsyncIterator[Change]:
    """What is there, each as ADDED, and then every change, for ever. Raises GapError.

    selectors: fieldSelector, labelSelector.
    """
    place = path(API[kind], kind, namespace or None)
    there = (await http.get(place, params=selectors)).raise_for_status().json()
    for item in there["items"]:
        yield Change("ADDED", item)
    version = there["metadata"]["resourceVersion"]
    while True:
        query = selectors | {"watch": "true", "resourceVersion": version, "timeoutSeconds": HOUR}
        async with http.stream("GET", place, params=query, timeout=None) as response:
            async for line in response.raise_for_status().aiter_lines():
                change = Change(*(json.loads(line)[part] for part in ("type", "object")))
                if change.kind == "ERROR":
                    raise GapError(change.manifest.get("message"))
                version = change.manifest["metadata"]["resourceVersion"]
                yield change


class Follower:
    """What follows objects beside the test, from its begin to its end, over one client."""

    def __init__(self, kube: Kube, background: Background) -> None:
        self._http, self._background = kube.asynchronous(), background
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, *follows: Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]) -> None:
        """Have each go on until the end; from now on none misses a change."""
        self._background.do(self._begin(follows))

    def end(self) -> None:
        """None goes on; what failed is the background's to tell."""
        self._background.do(self._end())

    async def _begin(self, follows: tuple[Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]], ...]) -> None:
        listed = asyncio.Semaphore(0)

        async def answered(response: httpx.Response) -> None:
            if "watch" not in response.request.url.params:  # a watch that begins is the next that each asks for
                listed.release()

        self._http.event_hooks = {"response": [answered]}
        self._tasks = [self._background.begin(each(self._http)) for each in follows]
        for _ in follows:  # a list is the first that each asks for, and says from when on it watches
            await self._unless_one_ends(listed.acquire())

    async def _unless_one_ends(self, listed: Coroutine[Any, Any, Any]) -> None:
        """Raises what one has failed with: its list will never come."""
        waiting = asyncio.ensure_future(listed)
        await asyncio.wait({waiting, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
        for ended in (each for each in self._tasks if each.done()):
            ended.result()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()
