"""What Prometheus says of itself, over its HTTP API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

Result = list[dict[str, Any]]


class PrometheusError(Exception):
    """It refused a query; the message is its own."""


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus by its URL."""

    url: str

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def query(self, expr: str) -> Result:
        """The instant vector: of each series its `metric` and `value`. Raises PrometheusError."""
        found: Result = self._ask("query", query=expr)["result"]
        return found

    def series(self, selector: str) -> list[dict[str, str]]:
        """The labels of all series that the selector has found since the start."""
        found: list[dict[str, str]] = self._ask("series", **{"match[]": selector})
        return found

    def targets(self) -> Result:
        """Those that it scrapes, each with its `labels`, its `health` and why it has it."""
        found: Result = self._ask("targets", state="active")["activeTargets"]
        return found

    def rules(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each alert rule that is loaded, with the name of its group."""
        for group in self._ask("rules", type="alert")["groups"]:
            for rule in group["rules"]:
                yield group["name"], rule

    def _ask(self, what: str, **parameters: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{what}", params=parameters, timeout=60, trust_env=False)
        told = answer.json()
        if told["status"] != "success":
            raise PrometheusError(f"{parameters}: {told['error']}")
        return told["data"]
