"""What emotions are in force in this server now: the one holder, which everything that steers or tells of it asks."""

from modelserver_runtime.emotions.active import Active
from modelserver_runtime.emotions.mapping import InForce
from modelserver_runtime.emotions.strength import Strengths


class Emotions:
    """Lives in one event loop; `now` and the length of `active` may be read from any thread.

    enabled: whether this server has vectors at all. active: what unfinished requests are steered by.
    now, strengths: the mapping, and how strong mixes of its vectors are; `flip` replaces both.
    """

    def __init__(self, *, enabled: bool, max_active_mixes: int) -> None:
        self.enabled = enabled
        self.active = Active(max_active_mixes)
        self.now = InForce()
        self.strengths = Strengths({})

    def flip(self, now: InForce, strengths: Strengths) -> None:
        """Put another mapping in force for requests that come from now on; `strengths` knows all vectors of it."""
        self.now, self.strengths = now, strengths
