"""Whether what is promised is being broken too fast: burn rates over several windows, as Google's workbook on site
reliability has them (chapter 5, "Alerting on SLOs").

A promise for 30 days allows for a budget of bad requests. Burning at rate 1 spends it in 30 days, at 14.4 within two.
Each rate is looked at over a long window, so that a moment does not matter, and a short one, so that it ends soon.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from modelserver_operator.desired.alerts.alert import Alert, Severity, duration, status, title
from modelserver_operator.desired.alerts.enough import FEWEST
from modelserver_operator.desired.alerts.objectives import Objective, watched
from modelserver_operator.resolve import Resolved


class Burn(NamedTuple):
    """How fast, and over which windows in seconds."""

    rate: float
    long: int
    short: int


MINUTE, HOUR, DAY = 60, 3600, 86400
# The workbook's: 2 % of the budget in an hour, 5 % in six, 10 % in a day, 10 % in three.
FAST = (Burn(14.4, HOUR, 5 * MINUTE), Burn(6, 6 * HOUR, 30 * MINUTE))
SLOW = (Burn(3, DAY, 2 * HOUR), Burn(1, 3 * DAY, 6 * HOUR))
BURNS: dict[Severity, tuple[Burn, ...]] = {"critical": FAST, "warning": SLOW}
LASTS: dict[Severity, str] = {"critical": "2m", "warning": "15m"}  # the windows decide; a scrape or two may be missing
# Of the way from the budget to every request: where a rate asks for more than there is, or nearly, it is this.
MOST = 0.9


def burning(resolved: Resolved, severity: Severity) -> Iterator[Alert]:
    """The alerts about what spec.monitoring.slo promises."""
    for objective in watched(resolved):
        yield Alert(
            name=objective.name,
            expr="\nor ".join(_burns(objective, burn) for burn in BURNS[severity]),
            lasts=LASTS[severity],
            severity=severity,
            summary=f"ModelServer {title(resolved)} breaks its promise {_pace(severity)}.",
            description=(
                f"It is promised that {objective.promise}. Over {_windows(severity)}, "
                "{{ $value | humanizePercentage }} of the requests have not kept to it, and "
                f"{objective.budget * 100:.6g} % need not. {objective.help} `{status(resolved)}` shows each pod's load."
            ),
        )


def threshold(budget: float, rate: float) -> float:
    """The share of bad requests above which a budget burns at more than a rate: more than the budget, and less than
    all, which no share can exceed."""
    return min(rate * budget, budget + MOST * (1 - budget))


def _burns(objective: Objective, burn: Burn) -> str:
    most = f"{threshold(objective.budget, burn.rate):.6g}"
    long, short = duration(burn.long), duration(burn.short)
    parts = [f"({objective.bad(window)}) / {objective.ended(window)} > {most}" for window in (long, short)]
    enough = f"{objective.bad(long)} >= {FEWEST}"
    return "(\n  " + "\n  and ".join([*parts, enough]) + "\n)"


def _pace(severity: Severity) -> str:
    return "fast" if severity == "critical" else "slowly"


def _windows(severity: Severity) -> str:
    return " or ".join(duration(burn.long) for burn in BURNS[severity])
