"""What is in force, as the status and the command line tell it."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.api.secrets import SecretKey
from modelserver_operator.resolve.outcome import Resolved, Valued

MOST_TOLD = 3  # of a list's items; an origin has up to 261 characters, and a value in the status 1,024


def effective(resolved: Resolved) -> Iterator[tuple[str, Valued[object]]]:
    """(name, value with reason) of everything that was chosen, in a fixed order."""
    for part in ("engine", "admission", "generation", "auth", "rate_limit", "rollout", "resources", "autoscaling"):
        for name, valued in _values(getattr(resolved, part)):
            yield f"{_camel(part)}.{_camel(name)}", _in_words(valued)
    for name, valued in _values(resolved.steering):
        yield f"emotions.{_camel(name)}", valued
    if resolved.allowed_origins:
        yield "cors.allowedOrigins", _in_words(resolved.allowed_origins)
    for name, argument in sorted(resolved.engine.arguments.items()):
        yield f"engine.arguments.{name}", argument
    yield "fit", resolved.fit
    if resolved.autoscaling is None:
        yield "replicas", resolved.replicas
    yield "monitoring.serviceMonitor", _in_words(resolved.service_monitor)
    yield "monitoring.alerts", _in_words(resolved.alerts)
    for name, valued in _values(resolved.objectives):
        yield f"monitoring.slo.{_camel(name)}", valued


def _values(part: object) -> Iterator[tuple[str, Valued[object]]]:
    """(name, value) of what was chosen in a part; nothing where there is no such part."""
    for name, valued in vars(part).items() if part else ():
        if isinstance(valued, Valued):
            yield name, valued


def _in_words(valued: Valued[object]) -> Valued[object]:
    """In the words of the field, and short: the status has no room for 32 origins."""
    value = valued.value
    if isinstance(value, bool):
        return Valued("Enabled" if value else "Disabled", valued.reason)
    if isinstance(value, SecretKey):
        return Valued(f"{value.name}, key {value.key}", valued.reason)
    if isinstance(value, tuple):
        more = len(value) - MOST_TOLD
        return Valued(", ".join(value[:MOST_TOLD]) + (f" and {more} more" if more > 0 else ""), valued.reason)
    return valued


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)
