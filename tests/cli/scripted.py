"""The real runtime, a process of its own, around the scripted engine: what it is to do, and what it did."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.bench.runtime.process import Server, config, serving
from tests.bench.runtime.script import PATH, Record
from tests.waiting import until

INTERVAL_SECONDS = 0.02
PATIENCE_SECONDS = 60.0
LIMITS = {"sequences": 256, "waiting_line": 512}  # of requests at once; who wants refusals asks for less


class Scripted:
    """A server that is ready. `url` is the clients' port, `bare` the engine's own, `control` the control port."""

    def __init__(self, server: Server, control_port: int) -> None:
        self._server = server
        self._http = httpx.Client(timeout=60)  # one: each reads anew whom it may trust
        self.url, self.bare = (f"http://127.0.0.1:{server.ports[name]}" for name in ("shell", "bare"))
        self.pid = server.pid
        self.control_port = control_port
        self.control = f"http://127.0.0.1:{control_port}"

    def plays(self, **script: Any) -> None:
        """Change parts of the Script: first_seconds, interval_seconds, failing, status."""
        httpx.post(self.bare + PATH, json=script, timeout=60).raise_for_status()

    def stands_still(self, seconds: float) -> None:
        """No token of any request comes for so long from now on."""
        self.plays(stall_seconds=seconds)

    def begins_anew(self) -> None:
        """The first Script again, and no Records."""
        self._http.delete(self.bare + PATH).raise_for_status()
        self.plays(recording=True)

    def records(self) -> list[Record]:
        """What the engine did since it began anew, by arrival."""
        return [Record(**each) for each in self._told()["records"]]

    def lag(self) -> float:
        """The most seconds that a moment in the records may be too late, since its process had to wait."""
        return float(self._told()["lag"])

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = self._http.get(self.bare + PATH).raise_for_status().json()
        return told

    def chat(self, *, tokens: int = 8, stream: bool = True, **more: Any) -> httpx.Response:
        """Ask, and read the whole answer."""
        question = {"messages": [{"role": "user", "content": "hi"}]}
        return self.ask("/v1/chat/completions", question | {"max_tokens": tokens, "stream": stream} | more)

    def ask(self, path: str, document: dict[str, Any]) -> httpx.Response:
        """Ask a route, and read the whole answer."""
        return self._http.post(self.url + path, json={"model": "demo"} | document)

    def settled(self) -> None:
        """Wait until what was answered is counted: that comes a moment after the last byte."""
        until(lambda: self._server.unfinished() == 0, PATIENCE_SECONDS, "nothing is unfinished")

    def close(self) -> None:
        """Ask nothing more."""
        self._http.close()

    def ends(self) -> None:
        """Have it end, and wait for that; the fixture's or block's own end finds nothing more to do."""
        self._server.end()

    @contextmanager
    def asked_by(self, callers: int, **asked: Any) -> Iterator[None]:
        """So many callers, each of whom asks again and again while the block lasts, as `chat` does."""
        over = threading.Event()

        def ask() -> None:
            while not over.is_set():
                self.chat(**asked)

        with ThreadPoolExecutor(callers) as pool:
            asking = [pool.submit(ask) for _ in range(callers)]
            try:
                yield
            finally:
                over.set()
        for each in asking:
            each.result()


@contextmanager
def scripted(
    folder: Path,
    *,
    control_port: int = 0,
    limits: dict[str, int] | None = None,
    parts: dict[str, Any] | None = None,
    python: str = sys.executable,
    **server: Any,
) -> Iterator[Scripted]:
    """A server until the block ends. limits: as LIMITS; server: keys of that part of the config; parts: others."""
    wanted = config("unused", engine_arguments={}, **(LIMITS | (limits or {}))) | (parts or {})
    wanted["server"] |= server
    with serving(folder, wanted, INTERVAL_SECONDS, python, ("127.0.0.1", control_port)) as process:
        found = Scripted(process, process.ports["control"])
        found.begins_anew()
        try:
            yield found
        finally:
            found.close()
