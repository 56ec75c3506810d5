"""A step: one thing that has to be there, how to see that it is, and how to make it."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.setup.recorder import Recorder


class StepError(Exception):
    """A step that knows why it cannot go on; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True)
class Step:
    """What the runner shows, asks and does.

    `purpose` completes "name: ..."; `advice` is what to do when it fails; `needs` names the steps that go before.
    """

    name: str
    purpose: str
    done: Callable[[], bool]
    run: Callable[[Recorder], None]
    advice: str
    needs: tuple[str, ...] = ()
