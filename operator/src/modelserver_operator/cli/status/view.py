"""What is shown of one ModelServer, and the same as data for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from modelserver_operator.api import ConditionType
from modelserver_operator.cli.status.numbers import Pod, total
from modelserver_operator.cli.status.readiness import Readiness
from modelserver_operator.cli.status.saying import Said, answering, current, said

Seen = Mapping[str, Any]

AGES = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True)
class View:
    """A ModelServer as the API server has it, what its pods say, and what happened to it, the newest last.

    real: how many of its pods are Ready; None where nobody may see them.
    """

    server: Seen
    now: datetime
    pods: Sequence[Pod] = ()
    events: Sequence[Seen] = field(default=())
    real: Readiness | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.server["metadata"]["namespace"], self.server["metadata"]["name"]

    @property
    def said(self) -> Said:
        """What is going on."""
        return said(self.server, self.now, self.real)

    @property
    def status(self) -> Seen:
        """What the operator has written."""
        found: Seen = self.server.get("status") or {}
        return found

    @property
    def ready(self) -> str:
        """True, False, or Unknown, where the operator has not looked at the last change."""
        return str(current(self.server).get(ConditionType.READY, {}).get("status", "Unknown"))

    @property
    def counts(self) -> str:
        """How many pods answer, of how many. With a scaler the number is its own; the spec's does not count."""
        scaled = ConditionType.SCALING_ACTIVE in current(self.server)
        wanted = self.status.get("replicas", 0) if scaled else self.server["spec"].get("replicas", 1)
        return f"{answering(self.server)}/{wanted}"

    @property
    def model(self) -> str:
        """As kubectl's column has it: a repository, an image, a folder on a claim."""
        source = self.server["spec"].get("model", {})
        claim = source.get("persistentVolumeClaim", {})
        found = (source.get("huggingFace", {}).get("repo"), source.get("image", {}).get("reference"))
        return str(next(filter(None, (*found, claim.get("path"), claim.get("claimName"))), ""))

    @property
    def age(self) -> str:
        """In one unit, rounded down."""
        return age(self.server["metadata"]["creationTimestamp"], self.now)

    def number(self, what: str) -> str:
        """`running` or `waiting` of all pods together, `-` where nobody tells it."""
        found = total(self.pods, what)
        return "-" if found is None else str(found)


def age(since: str, now: datetime) -> str:
    """The time since then, in one unit, rounded down."""
    seconds = max(0, int((now - datetime.fromisoformat(since)).total_seconds()))
    length, unit = next(each for each in AGES if seconds >= each[0] or each[0] == 1)
    return f"{seconds // length}{unit}"


def row(view: View) -> dict[str, Any]:
    """What the list has of a ModelServer."""
    namespace, name = view.key
    return {
        "namespace": namespace,
        "name": name,
        "state": str(view.said.state),
        "sentence": view.said.sentence,
        "todo": view.said.todo or None,
        "ready": view.ready,
        "pods": {"ready": answering(view.server), "wanted": int(view.counts.partition("/")[2])},
        "running": total(view.pods, "running"),
        "waiting": total(view.pods, "waiting"),
        "model": view.model,
        "created": view.server["metadata"]["creationTimestamp"],
    }


def whole(view: View) -> dict[str, Any]:
    """The same, and the rest of it."""
    status = view.status
    return {
        **row(view),
        "url": status.get("url"),
        "servedNames": list(status.get("servedNames", ())),
        "autoscaling": status.get("autoscaling"),
        "conditions": list(status.get("conditions", ())),
        "podStates": [
            {
                "name": pod.name,
                "ready": pod.ready,
                "state": pod.state or None,
                "running": pod.running,
                "waiting": pod.waiting,
                "note": pod.why or None,
            }
            for pod in view.pods
        ],
        "events": [
            {key: event.get(key) for key in ("type", "reason", "note")} | {"time": happened(event)}
            for event in view.events
        ],
    }


def happened(event: Seen) -> str:
    """When it happened last."""
    last = (event.get("series") or {}).get("lastObservedTime") or event.get("deprecatedLastTimestamp")
    return str(last or event.get("eventTime") or event["metadata"]["creationTimestamp"])
