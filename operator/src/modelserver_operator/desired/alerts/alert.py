"""One alert, and the words in which its expression is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.resolve import Resolved, identity

Severity = Literal["critical", "warning"]

# Of one server: all its pods and served names together.
BY_SERVER = "by (namespace, modelserver)"
ON_SERVER = "on (namespace, modelserver)"


@dataclass(frozen=True)
class Alert:
    """lasts: for how long the expression has to hold, as Prometheus writes durations. It is one series for a server,
    with the labels namespace and modelserver. summary, description: templates of Prometheus."""

    name: str
    expr: str
    lasts: str
    severity: Severity
    summary: str
    description: str


def selected(resolved: Resolved, metric: str, *matchers: str) -> str:
    """A metric of this server alone."""
    of_server = (f'namespace="{resolved.namespace}"', f'modelserver="{resolved.name}"')
    return f"{metric}{{{', '.join((*of_server, *matchers))}}}"


def condition(resolved: Resolved, kind: ConditionType, reasons: str = "") -> str:
    """1 where a condition of the server is True, 0 where it is not; nothing where the operator is not scraped.

    reasons: a matcher for those that count. Which one it is is left out: with another it would be another series.
    """
    matchers = (f'type="{kind}"', *((reasons,) if reasons else ()))
    return f"min {BY_SERVER} ({selected(resolved, 'modelserver_condition', *matchers)})"


def duration(seconds: int) -> str:
    """As Prometheus writes it, in the largest unit in which it is whole."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def graded(resolved: Resolved, alert: Alert) -> tuple[Alert, Alert]:
    """The same, critical where no pod answers and a warning where one does."""
    nobody = f"{ON_SERVER} {condition(resolved, ConditionType.AVAILABLE)} == 0"
    return (
        replace(
            alert,
            expr=f"({alert.expr})\nand {nobody}",
            severity="critical",
            description=f"{alert.description} No pod answers requests.",
        ),
        replace(alert, expr=f"({alert.expr})\nunless {nobody}", severity="warning"),
    )


def among(reasons: tuple[Reason, ...]) -> str:
    """A matcher for conditions with one of these reasons."""
    return f'reason=~"{"|".join(reasons)}"'


def other_than(reasons: tuple[Reason, ...]) -> str:
    """A matcher for conditions with none of these reasons."""
    return f'reason!~"{"|".join(reasons)}"'


def title(resolved: Resolved) -> str:
    """The server as people name it."""
    return f"{resolved.namespace}/{resolved.name}"


def status(resolved: Resolved) -> str:
    """The command that says what is wrong with it."""
    return f"modelserver status {resolved.name} -n {resolved.namespace}"


def pods(resolved: Resolved) -> str:
    """The command that lists its pods."""
    return f"kubectl -n {resolved.namespace} get pods -l {identity.INSTANCE}={resolved.name}"
