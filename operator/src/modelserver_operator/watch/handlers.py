"""What kopf calls at an event, which does no more than name a ModelServer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import kopf

from modelserver_operator.children import is_model_server
from modelserver_operator.cluster import MODEL_SERVER, MODEL_SERVER_CLASS, Kind
from modelserver_operator.observe import SCALERS
from modelserver_operator.reconcile import Key, key_of
from modelserver_operator.scalers import target_of
from modelserver_operator.users import Users
from modelserver_operator.watch.digest import Digest, digest

INSTANCE_LABEL = "app.kubernetes.io/instance"  # on every child, and on what a Deployment makes of its template


@dataclass(frozen=True)
class Listeners:
    """Who hears what. `add`: a ModelServer to look at. `add_soon`: the same, of which more may be heard in a moment."""

    add: Callable[[Key], None]
    add_soon: Callable[[Key], None]
    answered: Callable[[str, int], None]


def watch_servers_and_classes(registry: kopf.OperatorRegistry, users: Users, add: Callable[[Key], None]) -> None:
    """Keeps `users` up to date besides: a change of a class means all that use it."""

    @kopf.on.event(*_selector(MODEL_SERVER), registry=registry)
    async def server_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        users.gone(body) if type == "DELETED" else users.seen(body)
        if type is not None:
            add(key_of(body))

    @kopf.on.event(*_selector(MODEL_SERVER_CLASS), registry=registry)
    async def class_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        for key in users.of(body["metadata"]["name"]) if type is not None else ():
            add(key)


def watch_kind(registry: kopf.OperatorRegistry, kind: Kind, users: Users, add_soon: Callable[[Key], None]) -> None:
    """What ModelServers have beside them."""
    if kind in SCALERS:
        watch_scalers(registry, kind, users, add_soon)
    else:
        watch_children(registry, kind, add_soon)


def watch_children(registry: kopf.OperatorRegistry, kind: Kind, add_soon: Callable[[Key], None]) -> None:
    """A child's event is its ModelServer's."""

    @kopf.on.event(*_selector(kind), registry=registry)
    async def child_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        if type is not None and (name := _server_of(body["metadata"])):
            add_soon(Key(body["metadata"]["namespace"], name))


def watch_scalers(registry: kopf.OperatorRegistry, kind: Kind, users: Users, add_soon: Callable[[Key], None]) -> None:
    """Of anybody's: two may scale the same pods. Their ModelServers are those that they scale, and those that made
    them."""
    heard: dict[str, tuple[Digest, frozenset[Key]]] = {}

    @kopf.on.event(*_selector(kind), registry=registry)
    async def scaler_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        uid = body["metadata"]["uid"]
        before, concerned = heard.pop(uid, (None, frozenset()))
        keys = _concerned(body)
        now = None if type == "DELETED" else digest(body, before)
        if now:
            heard[uid] = now, keys
        if type is not None and (now is None or now != before):
            for key in (keys | concerned) & users.known():
                add_soon(key)


def _concerned(scaler: Mapping[str, Any]) -> frozenset[Key]:
    names = (target_of(scaler), _server_of(scaler["metadata"]))
    return frozenset(Key(scaler["metadata"]["namespace"], name) for name in names if name)


def _server_of(metadata: Mapping[str, Any]) -> str | None:
    """The name of the ModelServer that an object belongs to: its owner's; for what a Deployment made, by label.

    A label can lie, which costs one pass over a server that had no need of it.
    """
    for owner in metadata.get("ownerReferences") or ():
        if is_model_server(owner):
            return str(owner["name"])
    name = (metadata.get("labels") or {}).get(INSTANCE_LABEL)
    return str(name) if name else None


def _selector(kind: Kind) -> tuple[str, str, str]:
    return kind.group, kind.version, kind.plural
