"""What served pods say of how they steer, in their /stats; and what is wanted of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from modelserver_operator.resolve import identity

Document: TypeAlias = Mapping[str, Any]  # a pod's /stats, which can be made to say anything

LONGEST_NAME = 128  # of a served name, as the CRD has it
OTHER_RUNTIME = "its runtime, which the class names, does not report emotions as this operator expects it"


@dataclass(frozen=True)
class Asked:
    """A pod to be asked. address: host and port; empty when it has none.

    server: the namespace and name of its ModelServer.
    """

    uid: str
    address: str
    server: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Refused:
    """A change that a pod has not taken over. live: the SHA-256 of the live.yaml that it belongs to."""

    live: str
    sentence: str


@dataclass(frozen=True)
class Steers:
    """What a pod has in force.

    live: the SHA-256 of its live.yaml. revision: equal in pods with the same mixes and the same vectors.
    variants: their names. vectors: (name, SHA-256) of each. refused: the newest change, if that was refused.
    """

    live: str
    revision: str
    variants: frozenset[str] = frozenset()
    vectors: frozenset[tuple[str, str]] = frozenset()
    refused: Refused | None = None


@dataclass(frozen=True)
class Mute:
    """A pod that has not said what it was asked; `why` goes on a sentence that names the pod."""

    why: str


Answer = Steers | Mute


@dataclass(frozen=True)
class Steering:
    """What pods are to have in force, as the SHA-256 of a live.yaml, and what each says, by its uid.

    since: the first generation of which is known that it wants this.
    """

    wanted: str
    answers: Mapping[str, Answer]
    since: int

    def is_settled(self) -> bool:
        """Whether all that say how they steer have it in force, with the same vectors, and nothing was refused."""
        said = [each for each in self.answers.values() if isinstance(each, Steers)]
        good = [each for each in said if each.live == self.wanted and not each.refused]
        return len(good) == len(said) and len({each.revision for each in good}) <= 1


def asked(pod: Mapping[str, Any]) -> Asked:
    """The pod as it is asked."""
    host, port = pod.get("status", {}).get("podIP"), _control_port(pod)
    address = f"[{host}]:{port}" if ":" in (host or "") else f"{host}:{port}"
    metadata = pod["metadata"]
    server = metadata.get("namespace", ""), metadata.get("labels", {}).get(identity.INSTANCE, "")
    return Asked(metadata["uid"], address if host and port else "", server)


def _control_port(pod: Mapping[str, Any]) -> int | None:
    """By names: other products add containers of their own to pods."""
    ports = (
        port["containerPort"]
        for container in pod["spec"]["containers"]
        if container["name"] == identity.RUNTIME
        for port in container.get("ports") or ()
        if port.get("name") == identity.CONTROL
    )
    return next(ports, None)


def answer(stats: Document) -> Answer:
    """What a pod's /stats says; all of it is looked at."""
    told = stats.get("emotions")
    if not isinstance(told, Mapping) or not (told.get("enabled") is False or _texts(told, "live_sha256", "revision")):
        return Mute(OTHER_RUNTIME)
    if told.get("enabled") is False:
        return Mute("it was started without vectors")
    return Steers(
        live=told["live_sha256"],
        revision=whole(told["revision"]),
        variants=frozenset(name for name, _ in _pairs(told.get("variants")) if len(name) <= LONGEST_NAME),
        vectors=frozenset(_pairs(told.get("vectors"))),
        refused=_refused(told.get("refused")),
    )


def _refused(told: Any) -> Refused | None:
    if not isinstance(told, Mapping) or not _texts(told, "live_sha256", "sentence"):
        return None
    return Refused(told["live_sha256"], whole(told["sentence"]))


def _texts(told: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(told.get(name), str) for name in names)


def _pairs(told: Any) -> list[tuple[str, str]]:
    return [(whole(str(name)), str(value)) for name, value in told.items()] if isinstance(told, Mapping) else []


def whole(text: str) -> str:
    """Without the halves of characters that JSON can hold and a status cannot."""
    return text.encode(errors="replace").decode()
