"""The live part while the server runs: looked at again and again, a change put in force whole or told as refused.

Requests that run keep what they began with: the mapping is replaced, never changed, and the workers keep a vector's
bytes until no unfinished request names them.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

from modelserver_runtime.admission.clock import Clock
from modelserver_runtime.config import StartConfig
from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.live.aside import Aside, HangsError
from modelserver_runtime.live.disk import Disk, State, Wanted, sha256
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks at live.yaml
VECTORS_LOOKS = 10  # every so many of them vectors.json is read, too: on a volume nothing tells of a change
REFUSALS = (ConfigError, VectorError, HangsError)  # their texts are sentences for people


class Workers(Protocol):
    """What the engine's workers do for us; steering/front.py's."""

    async def hold(self, digest: str, data: bytes) -> None:
        """Have every worker take the vector whose file is `data`. Raises VectorError."""

    async def forget(self, digests: Iterable[str]) -> None:
        """Have every worker drop vectors, as soon as no request of its own names them."""

    async def held(self) -> Collection[str]:
        """The digests that the workers have."""


@dataclass(frozen=True)
class Refused:
    """What is not put in force, and why."""

    live_sha256: str | None
    sentence: str


class Live:
    """The live part of one server. Lives in the main event loop; `state`, `refused` and `held` are read from any.

    refused: the last look found something else, which cannot be.
    held: how many vectors the workers had when they were asked last: in force, or named by an unfinished request.
    """

    def __init__(self, disk: Disk, emotions: Emotions, metrics: Metrics, clock: Clock) -> None:
        self.refused: Refused | None = None
        self.held = 0
        self._good: Wanted | None = None  # what is in force, without bytes
        self._disk = disk
        self._emotions = emotions
        self._metrics = metrics
        self._clock = clock
        self._aside = Aside(f"{disk.live or 'live.yaml'} or {disk.vectors}")
        self._looks = 0
        self._seen: bytes | None = None  # of live.yaml at the last look
        self._tried: bytes | None = None  # the last that was put in force or refused
        self._known: set[str] = set()  # the digests of vectors that all workers have
        self._staged: set[str] = set()  # that some worker may have

    @property
    def state(self) -> State | None:
        """What is in force; None before the first."""
        return self._good.state if self._good else None

    @classmethod
    def of(cls, config: StartConfig, emotions: Emotions, metrics: Metrics, clock: Clock) -> Self | None:
        """None where the server has no vectors. Raises VectorError where its model cannot be steered."""
        if config.vectors is None:
            return None
        model = ModelIdentity.of(Path(config.model.path), config.server.name)
        live = Path(config.live.path) if config.live else None
        disk = Disk(live, Path(config.vectors.path), model, config.server.served_names)
        return cls(disk, emotions, metrics, clock)

    async def first(self) -> Wanted:
        """What is to be in force from the start on. One of REFUSALS where that cannot be."""
        self._tried = self._seen = await self._aside.do(self._disk.text)
        wanted = await self._aside.do(lambda: self._disk.wanted(self._tried, (), None))
        assert wanted  # nothing is in force that it could be equal to
        return wanted

    async def begin(self, first: Wanted, workers: Workers) -> None:
        """Put `first` in force in an engine that has just started. Raises VectorError where it refuses a vector."""
        await self._put_in_force(first, workers)
        self.held = len(await workers.held())

    async def watch(self, workers: Workers) -> None:
        """Look at the disk for ever, and put in force what changes."""
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            try:
                await self._forget(workers)
                await self._look(workers)
            except REFUSALS as error:
                self._refuse(str(error))
            except Exception as error:  # the outermost edge of a task that nobody awaits: told, and tried again
                if self._refuse(f"{type(error).__name__}: {error}"):
                    log.exception("the live part could not be looked at")

    async def _look(self, workers: Workers) -> None:
        """live.yaml counts as changed when two looks found the same: half of a file can be good YAML."""
        self._looks += 1
        before, self._seen = self._seen, None  # it stays None where the file cannot be read
        self._seen = await self._aside.do(self._disk.text)
        settled = self._seen == before
        changed = self._seen != self._tried
        if settled and (changed or self._looks % VECTORS_LOOKS == 0):
            await self._try(self._seen, workers)

    async def _try(self, text: bytes | None, workers: Workers) -> None:
        self._tried = text
        wanted = await self._aside.do(lambda: self._disk.wanted(text, self._known, self._good))
        if wanted:
            await self._put_in_force(wanted, workers)
            self._metrics.live_changed()
        # Before anything is waited for: who reads what is in force finds no older refusal beside it.
        self.refused = None
        self._metrics.live_refused(False)
        if wanted:
            self.held = len(await workers.held())

    async def _put_in_force(self, wanted: Wanted, workers: Workers) -> None:
        """First the bytes, in every worker; then, at once, the names."""
        for digest, data in wanted.fresh.items():
            self._staged.add(digest)
            await workers.hold(digest, data)
            self._known.add(digest)
        self._metrics.in_force(wanted.in_force.variants, wanted.in_force.digests)
        self._emotions.flip(wanted.in_force, wanted.strengths)
        self._good = replace(wanted, fresh={})  # after the flip: who reads it first sees no older revision
        log.info("emotions in force", extra={"fields": _told(wanted)})

    async def _forget(self, workers: Workers) -> None:
        """What no name stands for and no unfinished request is steered by; the latter is asked again at each look."""
        in_force = self._emotions.now.digests.values()
        over = {each for each in self._staged.difference(in_force) if not self._emotions.active.names(each)}
        if over:
            await workers.forget(over)
            self._staged -= over
            self._known -= over
        if self.held != len(self._staged):  # a worker may have yet to finish a request that was given up
            self.held = len(await workers.held())

    def _refuse(self, sentence: str) -> bool:
        """Tell why what was found is not in force; whether that is news."""
        was, self.refused = self.refused, Refused(sha256(self._seen), sentence)
        self._metrics.live_refused(True)
        if self.refused == was:
            return False
        fields = {"sentence": sentence, "live_sha256": self.refused.live_sha256}
        log.warning("the live part is refused, and the last good one stays in force", extra={"fields": fields})
        return True


def _told(wanted: Wanted) -> dict[str, object]:
    return {
        "revision": wanted.in_force.revision,
        "live_sha256": wanted.state.live_sha256,
        "variants": {name: mix.text for name, mix in wanted.in_force.variants.items()},
        "default": wanted.in_force.default.text,
    }
