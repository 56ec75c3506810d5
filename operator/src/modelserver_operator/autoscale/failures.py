"""What fails again and again is logged once, and again only when it fails otherwise or was done in between."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


class Failures:
    """What cannot be done now and is tried again, by what it is."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def failed(self, what: str, error: Exception) -> None:
        """It cannot be done; `what` reads on after "cannot"."""
        if self._last.get(what) != str(error):
            log.warning("cannot %s, and try again: %s", what, error)
        self._last[what] = str(error)

    def done(self, what: str) -> None:
        """It was done."""
        self._last.pop(what, None)
