"""What can go wrong on the way of a file, each at a place that a test names in per cent of the file."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

HOLD_SECONDS = 600


class CutOffError(Exception):
    """The connection ends here."""


@dataclass
class Hold:
    """A place where the hub stops sending until it is told to go on."""

    percent: int
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


@dataclass
class Faults:
    """What awaits the next requests for one file: each cut and hold happens once."""

    cuts: list[int] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    wrong: int = 0  # so many answers have a wrong byte

    def send(self, content: bytes, start: int, end: int) -> Iterator[bytes]:
        """Pieces of content[start:end]; raises CutOffError where a cut comes."""
        spoiled = self._spoil(content)
        for at in sorted({*(_place(percent, content) for percent in self._places()), end}):
            if not start <= at <= end:
                continue
            yield spoiled[start:at]
            start = at
            self._happen(at, content)

    def _places(self) -> list[int]:
        return [*self.cuts, *(hold.percent for hold in self.holds)]

    def _spoil(self, content: bytes) -> bytes:
        if self.wrong <= 0:
            return content
        self.wrong -= 1
        return bytes([content[0] ^ 0xFF]) + content[1:]

    def _happen(self, at: int, content: bytes) -> None:
        for hold in [hold for hold in self.holds if _place(hold.percent, content) == at]:
            self.holds.remove(hold)
            hold.reached.set()
            hold.released.wait(HOLD_SECONDS)
        for cut in [cut for cut in self.cuts if _place(cut, content) == at]:
            self.cuts.remove(cut)
            raise CutOffError


def _place(percent: int, content: bytes) -> int:
    return len(content) * percent // 100
