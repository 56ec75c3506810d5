"""What the scripted engine is to do, and what it has done: said and asked at the bare port, under /script.

GET gives the Script, the Records and how late they may be; POST changes parts of the Script, and with `stall_seconds`
everything stands still from now on for so long; DELETE brings back the first Script and forgets what was done.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

PATH = "/script"
LOOKS_SECONDS = 0.01  # between two looks at how late the event loop is


@dataclass(frozen=True)
class Script:
    """How requests are answered.

    interval_seconds: between two events of a stream.
    first_seconds: from a request to its first event; None: within an interval, evenly spread over the requests.
    failing: so many requests from now on are refused with `status`.
    recording: whether Records are kept, which take memory.
    """

    interval_seconds: float
    first_seconds: float | None = None
    failing: int = 0
    status: int = 500
    recording: bool = False

    def whole_seconds(self, tokens: int) -> float:
        """How long an answer takes that is no stream: as its stream would; with no first_seconds one interval."""
        if self.first_seconds is None:
            return self.interval_seconds
        return self.first_seconds + (tokens - 1) * self.interval_seconds


@dataclass
class Record:
    """One request: moments in seconds of time.monotonic, which all processes of a machine share; 0: not come to it.
    `sent` has one for each token of a stream."""

    arrived: float
    stream: bool
    path: str
    status: int = 200
    first: float = 0
    ended: float = 0
    tokens: int = 0
    sent: list[float] = field(default_factory=list)


@dataclass
class Play:
    """The Script in force, and the Records of it.

    lag: while these are kept, the most seconds that the event loop came too late to what was due: by so much may a
    moment in them be later than what it is the moment of.
    """

    beginning: Script
    script: Script = field(init=False)
    records: list[Record] = field(default_factory=list)
    lag: float = 0.0
    _stands_until: float = 0.0
    _looks: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.script = self.beginning

    def asked(self, method: str, body: bytes) -> dict[str, Any]:
        """What is answered at /script."""
        if method == "DELETE":
            self.script, self.records, self.lag, self._stands_until = self.beginning, [], 0.0, 0.0
        if method == "POST":
            self._change(json.loads(body))
        if self.script.recording and self._looks is None:
            self._look(time.monotonic())
        return {"script": asdict(self.script), "records": [asdict(each) for each in self.records], "lag": self.lag}

    def _look(self, due: float) -> None:
        """As long as Records are kept."""
        now, self._looks = time.monotonic(), None
        self.lag = max(self.lag, now - due)
        if self.script.recording:
            due = now + LOOKS_SECONDS
            self._looks = asyncio.get_running_loop().call_at(due, self._look, due)

    def _change(self, changes: Mapping[str, Any]) -> None:
        rest = dict(changes)
        if stall := rest.pop("stall_seconds", 0):
            self._stands_until = time.monotonic() + stall
        self.script = replace(self.script, **rest)

    def arrived(self, path: str, *, stream: bool) -> Record:
        """Take note of a request; its status is the script's."""
        record = Record(time.monotonic(), stream, path)
        if self.script.failing:
            self.script = replace(self.script, failing=self.script.failing - 1)
            record.status = self.script.status
        if self.script.recording:
            self.records.append(record)
        return record

    async def later(self, seconds: float, gone: "asyncio.Future[Any]") -> bool:
        """Wait so long, and until nothing stands still; whether the caller is still there then."""
        due = time.monotonic() + seconds
        while (left := max(due, self._stands_until) - time.monotonic()) > 0 and not gone.done():
            await asyncio.wait({gone}, timeout=left)
        return not gone.done()
