"""The live part, watched by a clock that the test turns, with workers and a disk that do what the test says."""

import asyncio
from collections.abc import Collection, Iterable
from pathlib import Path
from types import MappingProxyType

import numpy as np
from tests.unit.runtime.scripted import Bench, until

from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.emotions.mapping import InForce, Mix
from modelserver_runtime.emotions.strength import Strengths
from modelserver_runtime.live.disk import Disk, State, Wanted
from modelserver_runtime.live.watch import LOOK_SECONDS, VECTORS_LOOKS, Live
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import Entry, Index
from modelserver_runtime.vectors.vector import Band, Calibration, Description, Vector

LAYERS, WIDTH = 3, 4
MODEL = ModelIdentity(name="demo", config_sha256="0" * 64, layers=LAYERS, hidden_size=WIDTH)


def vector(name: str) -> Vector:
    """One that steers one layer."""
    description = Description(
        name=name,
        model=MODEL,
        method="mean-difference",
        data="test",
        band=Band(first=1, last=1),
        factor=0.5,
        calibration=Calibration(kl_per_token=0.5, text="test"),
    )
    return Vector(description, np.eye(LAYERS, WIDTH, dtype=np.float32), np.ones(LAYERS, dtype=np.float32))


def index(**digests: str) -> Index:
    """Names, each with a digest that begins so."""
    return Index(
        vectors={name: Entry(file=f"{name}.safetensors", sha256=full(digest)) for name, digest in digests.items()}
    )


def full(digest: str) -> str:
    return digest.ljust(64, "0")


class ScriptedDisk(Disk):
    """Its live part is a number, the hundredths of the variant `grave`; whatever else it says is refused."""

    def __init__(self) -> None:
        super().__init__(Path("live.yaml"), Path("vectors"), MODEL, ("demo",))
        self.content: bytes | Exception = b"10"
        self.index = index(sadness="a")
        self.looked = 0

    def say(self, content: bytes | Exception | None = None, **digests: str) -> None:
        """What is found there from now on."""
        self.content = content or self.content
        self.index = index(**digests) if digests else self.index

    def text(self) -> bytes | None:
        if isinstance(self.content, Exception):
            raise self.content
        return self.content

    def wanted(self, text: bytes | None, known: Collection[str], good: Wanted | None) -> Wanted | None:
        self.looked += 1
        state = State(text, self.index)
        if good and state == good.state:
            return None
        if not text or not text.isdigit():
            raise ConfigError(f"live.yaml: {text!r} is no number")
        digests = {name: entry.sha256 for name, entry in state.index.vectors.items()}
        return Wanted(
            state=state,
            in_force=InForce(
                variants=MappingProxyType({"grave": Mix((("sadness", int(text)),))}),
                digests=MappingProxyType(digests),
            ),
            strengths=Strengths({}),
            fresh={digest: digest.encode() for digest in digests.values() if digest not in known},
        )


class ScriptedWorkers:
    """Workers that take what they are given, unless the test says otherwise."""

    def __init__(self) -> None:
        self.has: dict[str, bytes] = {}
        self.done: list[tuple[str, str]] = []
        self.refuses: dict[str, Exception] = {}
        self.hurry = asyncio.Event()  # cleared, whatever is handed over waits
        self.hurry.set()
        self.tell = asyncio.Event()  # cleared, they do not say what they have
        self.tell.set()
        self.asked = 0

    async def hold(self, digest: str, data: bytes) -> None:
        self.asked += 1
        await self.hurry.wait()
        if digest in self.refuses:
            raise self.refuses[digest]
        self.has[digest] = data
        self.done.append(("hold", digest[:1]))

    async def forget(self, digests: Iterable[str]) -> None:
        for digest in sorted(digests):
            self.has.pop(digest, None)
            self.done.append(("forget", digest[:1]))

    async def held(self) -> set[str]:
        await self.tell.wait()
        return set(self.has)


class Watched:
    """A server's live part from its beginning on."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.emotions = self.bench.parts.emotions
        self.clock = self.bench.clock
        self.disk, self.workers = ScriptedDisk(), ScriptedWorkers()
        self.live = Live(self.disk, self.emotions, self.bench.parts.metrics, self.clock.of_the_parts())

    async def __aenter__(self) -> "Watched":
        await self.live.begin(await self.live.first(), self.workers)
        self._task = asyncio.ensure_future(self.live.watch(self.workers))
        await self._asleep()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def grave(self) -> int:
        """What the variant stands for now."""
        return self.emotions.now.variants["grave"].terms[0][1]

    @property
    def sentence(self) -> str | None:
        return self.live.refused.sentence if self.live.refused else None

    def tick(self) -> None:
        """Let a second pass: it looks, and may not come back."""
        self.clock.passes(LOOK_SECONDS)

    async def looks(self, times: int = 2) -> None:
        """Let it look so often; a change of live.yaml is taken at the second look."""
        for _ in range(times):
            self.tick()
            await self._asleep()

    async def looks_at_vectors(self) -> None:
        await self.looks(VECTORS_LOOKS)

    async def _asleep(self) -> None:
        await until(lambda: bool(self.clock.alarms))


class OddError(Exception):
    """An error that nobody thought of."""


REFUSAL = VectorError("a worker does not take it")
