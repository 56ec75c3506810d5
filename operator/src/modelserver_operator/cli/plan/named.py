"""Claims and Secrets that a ModelServer and its class name, and somebody else makes: are they there?

It is read with the rights of whoever asks. Of a Secret the names of its entries count; no value is kept or shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from modelserver_operator.api.secrets import SecretKey
from modelserver_operator.cli.documents import Document
from modelserver_operator.cluster import PERSISTENT_VOLUME_CLAIM, Cluster, Kind, Manifest, Rejected
from modelserver_operator.resolve import Resolved

SECRET = Kind("v1", "Secret", "secrets")  # the operator reads none, and knows no such kind
WAIT = "pods wait until it is there"


@dataclass(frozen=True)
class Named:
    """field: which names it. entry: what it must hold; empty: nothing in particular. without: what happens then."""

    field: str
    kind: Kind
    name: str
    entry: str = ""
    without: str = WAIT

    @property
    def title(self) -> str:
        """Such as Secret keys."""
        return f"{self.kind.name} {self.name}"


async def missing(cluster: Cluster, resolved: Resolved, beside: Collection[Document]) -> list[str]:
    """A sentence for each that is not there, and one for those that may not be read. beside: what the files hold
    besides, and is to be applied with the ModelServer. Raises Unavailable."""
    told: list[str] = []
    unread: list[str] = []
    for each in named(resolved):
        if any(_is(document, each, resolved.namespace) for document in beside):
            continue
        try:
            found = await cluster.get(each.kind, resolved.namespace, each.name)
        except Rejected:
            unread.append(each.title)
            continue
        told += lacks(each, found, resolved.namespace)
    may_not = f"Whether there is {' and '.join(dict.fromkeys(unread))} may not be read."
    return [*told, *([may_not] if unread else [])]


def named(resolved: Resolved) -> Iterator[Named]:
    """In the order of the fields."""
    yield from _of_model(resolved)
    vectors, expose = resolved.emotions.vectors, resolved.expose
    if vectors and vectors.persistent_volume_claim:
        field = "spec.emotions.vectors.persistentVolumeClaim.claimName"
        yield Named(field, PERSISTENT_VOLUME_CLAIM, vectors.persistent_volume_claim.claim_name)
    yield from _of_clients(resolved)
    if expose and expose.ingress and expose.ingress.tls_secret_name:
        without = "until it is there, the Ingress has no certificate for its host"
        yield Named("spec.expose.ingress.tlsSecretName", SECRET, expose.ingress.tls_secret_name, without=without)
    yield from _of_class(resolved)


def _of_model(resolved: Resolved) -> Iterator[Named]:
    claim, hub = resolved.model.persistent_volume_claim, resolved.model.hugging_face
    if claim:
        yield Named("spec.model.persistentVolumeClaim.claimName", PERSISTENT_VOLUME_CLAIM, claim.claim_name)
    if hub and hub.token_secret_ref:
        yield _entry("spec.model.huggingFace.tokenSecretRef", hub.token_secret_ref)


def _of_clients(resolved: Resolved) -> Iterator[Named]:
    if resolved.auth:
        yield Named("spec.auth.apiKeysSecretRef", SECRET, resolved.auth.api_keys_secret.value)
    if resolved.rate_limit and resolved.rate_limit.redis:
        yield _entry("spec.auth.rateLimit.redisSecretRef", resolved.rate_limit.redis.value)


def _of_class(resolved: Resolved) -> Iterator[Named]:
    of = f"of class {resolved.class_name}"
    for volume in resolved.placement.volumes:
        claim = volume.persistent_volume_claim.claim_name
        yield Named(f"volumes[{volume.name}] {of}", PERSISTENT_VOLUME_CLAIM, claim)
    for secret in resolved.placement.image_pull_secrets:
        yield Named(f"imagePullSecrets {of}", SECRET, secret.name, without="images are pulled without it")


def _entry(field: str, secret: SecretKey) -> Named:
    return Named(field, SECRET, secret.name, secret.key)


def lacks(each: Named, found: Manifest | None, namespace: str) -> Iterator[str]:
    """What is wrong with it as it was found, None: not at all."""
    if found is None:
        yield f"{each.field}: namespace {namespace} has no {each.title}; {each.without}."
    elif each.entry and each.entry not in (found.get("data") or {}):
        yield f"{each.field}: {each.title} of namespace {namespace} has no entry {each.entry}; {each.without}."


def _is(document: Document, each: Named, namespace: str) -> bool:
    metadata = document.manifest.get("metadata")
    of = metadata.get("namespace", namespace) if isinstance(metadata, dict) else ""
    return (document.kind, document.name, of) == (each.kind.name, each.name, namespace)
