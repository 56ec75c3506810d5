"""How long a request holds its slots, measured, and what that tells a caller who has to come back."""

import math

UNMEASURED_SECONDS = 1.0  # until a request has ended; a caller who comes back too early is only told again
WEIGHT = 0.1  # of the newest: about the last ten to twenty requests count
LEAST, MOST = 1, 60  # seconds of Retry-After; OpenAI's clients stop trying again where it is above 120


class ServiceTime:
    """An exponentially weighted mean of seconds."""

    def __init__(self) -> None:
        self._mean: float | None = None

    def took(self, seconds: float) -> None:
        """A request has held its slots for so long."""
        self._mean = seconds if self._mean is None else self._mean + WEIGHT * (seconds - self._mean)

    def retry_after(self, ahead: int, slots: int) -> int:
        """Whole seconds until as many slots as are held or waited for (`ahead`) will have passed through `slots`."""
        mean = UNMEASURED_SECONDS if self._mean is None else self._mean
        return min(MOST, max(LEAST, math.ceil(mean * ahead / slots)))
