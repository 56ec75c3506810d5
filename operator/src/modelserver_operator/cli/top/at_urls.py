"""Looks at runtimes at their control ports, without a cluster: what `modelserver run` serves, or a forwarded port."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from modelserver_operator.cli.status.advice import State
from modelserver_operator.cli.top.look import Look, Pod, Server
from modelserver_operator.cli.top.scrape import QUERY, UnreadableError, parsed
from modelserver_operator.cli.unreached import reason
from modelserver_operator.resolve.identity import ANSWER_SECONDS

NO_CONTROL_PORT = (
    "is no control port of a runtime: it answers {status} at {path}. Clients have another port; the control port is "
    "9000, unless `modelserver run` was told another with --control-port"
)
STATES = {"serving": State.WELL, **dict.fromkeys(("starting", "leaving", "draining"), State.ON_ITS_WAY)}


class NoControlPortError(Exception):
    """Somebody answers at the URL who is no runtime; the text goes on a sentence that begins with the URL."""


@dataclass(frozen=True)
class _Runtime:
    """What a runtime says of itself, beside its metrics."""

    name: str
    names: Sequence[str] = ()
    state: str = ""
    why: str = ""


class AtUrls:
    """A Source. Runtimes with the same name are one server; each URL is given once, without a slash at its end."""

    def __init__(self, http: aiohttp.ClientSession, urls: Sequence[str]) -> None:
        self._http = http
        self._urls = urls
        self._known: dict[str, _Runtime] = {}
        self.where = ", ".join(self._urls)

    async def look(self) -> Look:
        """Ask them all."""
        found = await asyncio.gather(*(self._asked(url) for url in self._urls))
        names = {self._known[url].name for url in self._urls}
        servers = {("", name): self._server(name, [pod for pod in found if pod.server[1] == name]) for name in names}
        silent = [f"{pod.key[2]} {pod.why}." for pod in found if pod.why]
        return Look(servers, found, silent)

    async def follow(self) -> None:
        """Nothing is kept."""
        await asyncio.Event().wait()

    async def _asked(self, url: str) -> Pod:
        key, why, scrape = ("", url.partition("://")[2], url), "", None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                scrape = parsed(await self._text(url, "/metrics", QUERY))
                self._known[url] = await self._runtime(url)
        except TimeoutError:
            why = f"does not answer within {ANSWER_SECONDS:g} s"
        except (aiohttp.ClientError, OSError) as error:
            why = f"cannot be reached: {reason(error)}"
        except NoControlPortError as error:
            why = str(error)
        except (UnreadableError, ValueError) as error:
            why = f"answers what cannot be read: {error}"
        known = self._known.setdefault(url, _Runtime(key[1]))
        return Pod(
            key, ("", known.name), scrape is not None and known.state == "serving", time.monotonic(), scrape, why
        )

    async def _runtime(self, url: str) -> _Runtime:
        """Its names, which do not change while it runs, are asked for once."""
        before = self._known.get(url)
        part = [("part", "requests")] if before and before.names else []
        answer = json.loads(await self._text(url, "/stats", part, "application/json"))
        stats: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
        names = stats.get("served_names") or (before.names if before else [])
        name = stats.get("model") or (before.name if before else url)
        return _Runtime(str(name), [str(each) for each in names], str(stats.get("state")), str(stats.get("why") or ""))

    def _server(self, name: str, pods: Sequence[Pod]) -> Server:
        runtimes = [(pod, self._known[pod.key[2]]) for pod in pods]
        states = [_state(pod, runtime) for pod, runtime in runtimes]
        worst = max(states, key=lambda state: state.rank)
        pod, runtime = runtimes[states.index(worst)]
        ready = sum(pod.ready for pod in pods)
        model = ", ".join(each for each in runtime.names if each != name) or name
        sentence = f"{pod.key[2]} {pod.why}." if pod.why else runtime.why or f"It is {runtime.state}."
        return Server(("", name), worst, sentence, str(ready > 0), ready, len(pods), model)

    async def _text(self, url: str, path: str, query: Sequence[tuple[str, str]], of: str = "text/plain") -> str:
        """An answer of this content type. Raises NoControlPortError for any other."""
        async with self._http.get(url + path, params=list(query)) as response:
            if response.status != 200 or response.content_type != of:
                raise NoControlPortError(NO_CONTROL_PORT.format(status=response.status, path=path))
            return await response.text()


def _state(pod: Pod, runtime: _Runtime) -> State:
    return State.NEEDS_HELP if pod.why else STATES.get(runtime.state, State.NEEDS_HELP)
