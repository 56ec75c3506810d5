"""How many bad requests there have to be before a share of all says anything."""

from __future__ import annotations

from modelserver_operator.desired.alerts.alert import BY_SERVER

# Of fewer an hour, or in the window of a promise, it does not: one slow answer of three is a third.
FEWEST = 10


def enough(bad: str) -> str:
    """There have been so many in an hour. bad: a selector of counters."""
    return f"sum {BY_SERVER} (increase({bad}[1h])) >= {FEWEST}"
