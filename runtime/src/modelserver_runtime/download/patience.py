"""Trying again: at once while bytes come, more and more slowly while none do, and not for ever."""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from modelserver_runtime.download import sentences
from modelserver_runtime.download.errors import NotNowError
from modelserver_runtime.download.hub import CutError

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 15

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class StoppedError(Exception):
    """Another file's failure has ended the download."""


@dataclass(frozen=True)
class Patience:
    """How many seconds may pass without a byte, and what ends all waiting."""

    seconds: float
    stop: threading.Event

    def check(self) -> None:
        """Raises StoppedError once the download has ended."""
        if self.stop.is_set():
            raise StoppedError

    def persist(self, host: str, attempt: Callable[[], Result], position: Callable[[], int]) -> Result:
        """Attempts until it works; raises NotNowError once `position` has not grown for too long."""
        since, last, pause = time.monotonic(), position(), FIRST_SECONDS
        while True:
            try:
                return attempt()
            except CutError as cut:
                now = time.monotonic()
                if position() > last:
                    since, last, pause = now, position(), FIRST_SECONDS
                wait = max(cut.after, pause * random.uniform(0.5, 1))  # spreads pods that were cut off together
                if now + wait - since > self.seconds:
                    raise NotNowError(sentences.unreachable(host, self.seconds, str(cut))) from cut
                log.warning("%s; trying again in %.1f s", cut, wait)
                self.stop.wait(wait)
                self.check()
                pause = min(pause * 2, LONGEST_SECONDS)
