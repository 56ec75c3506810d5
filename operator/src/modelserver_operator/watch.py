"""From events to keys: kopf watches, every event says which ModelServer to look at, and nothing else happens here.

Only low-level event handlers: kopf then writes neither finalizers nor annotations, so nothing of it blocks a deletion.
A lost event costs time, never truth: whatever a watch has missed, the next resync finds. What a watch lists when it
begins is no event: whoever begins to watch asks for a resync instead.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import kopf
from kopf._cogs.structs.references import Insights

from modelserver_operator.cluster import MODEL_SERVER, MODEL_SERVER_CLASS, Kind, Login
from modelserver_operator.observe import ALWAYS, CHILD_SELECTOR, OPTIONAL
from modelserver_operator.reconcile import Key
from modelserver_operator.streams import Streams

INSTANCE_LABEL = "app.kubernetes.io/instance"  # on every child, and on what a Deployment makes of its template
SCAN_SECONDS = 5.0  # one that lasts longer will not get its answers, and need not end cleanly
CHUNK = 100  # objects that are listed at once
IDLE_SECONDS = 0.1  # for so long kopf keeps the last event of an object, its body included
RELOGIN_SECONDS = 2.0  # between two logins, when the API server keeps answering 401


class EndlessBackoffs:
    """Seconds between attempts, for ever: kopf would give up and end the process after the last of a finite list.

    kopf iterates anew for every request, so this is no generator. An API server may be away for hours.
    """

    def __init__(self, delays: Iterable[float] = (0.5, 1, 2, 5)) -> None:
        self._delays = tuple(delays)

    def __iter__(self) -> Iterator[float]:
        yield from self._delays
        while True:
            yield self._delays[-1]


@dataclass(frozen=True)
class Listeners:
    """Who hears what. `add`: a ModelServer to look at. `add_soon`: the same, of which more may be heard in a moment."""

    add: Callable[[Key], None]
    add_soon: Callable[[Key], None]
    answered: Callable[[str, int], None]


class Users:
    """Which ModelServers use a class, as lists and events have told. A change of a class is no event of theirs."""

    def __init__(self) -> None:
        self._class_of: dict[Key, str] = {}

    def seen(self, servers: Iterable[Mapping[str, Any]]) -> None:
        """What a list of ModelServers has told."""
        for server in servers:
            self._class_of[_key(server)] = _class_name(server)

    def gone(self, server: Mapping[str, Any]) -> None:
        """It was deleted."""
        self._class_of.pop(_key(server), None)

    def of(self, class_name: str) -> list[Key]:
        """Those that use the class."""
        return [key for key, name in self._class_of.items() if name == class_name]


def paths(namespaces: Sequence[str]) -> list[str]:
    """The collections that are watched whatever the cluster serves, in these namespaces or, without any, in all."""
    scopes: Sequence[str | None] = list(namespaces) or [None]
    return [kind.path(scope) for kind in (MODEL_SERVER, MODEL_SERVER_CLASS, *ALWAYS) for scope in scopes]


def settings() -> kopf.OperatorSettings:
    """kopf as an informer only: nothing posted, nothing scanned, children selected by label on the server."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True  # else it would list namespaces and CRDs, to which we have no right
    settings.networking.error_backoffs = EndlessBackoffs()
    settings.networking.enforce_retry_after = True
    # What lies about while a watch begins is most of the memory that the process ever takes.
    settings.watching.chunk_size = CHUNK
    settings.queueing.idle_timeout = IDLE_SECONDS
    for kind in (*ALWAYS, *OPTIONAL):
        settings.watching.label_selectors[kind.group, kind.version, kind.plural] = CHILD_SELECTOR
    return settings


async def run(
    login: Login,
    listeners: Listeners,
    users: Users,
    streams: Streams,
    optional_kinds: AsyncIterator[frozenset[Kind]],
    *,
    namespaces: Sequence[str],
    stop: asyncio.Event,
    started: Callable[[], None],
) -> None:
    """Watch until `stop` is set, in these namespaces or, without any, in all. Raises what a watch has failed with.

    `users` is kept up to date with events, and is to be told of lists. `optional_kinds` gives the ones to watch beside
    the others, and gives them anew when they change; `started` is called once kopf has set itself up.
    """
    ready, end = asyncio.Event(), asyncio.Event()
    registry, insights = kopf.OperatorRegistry(), Insights()
    _log_in(registry, login, streams, listeners.answered)
    _watch_servers_and_classes(registry, users, listeners.add)
    for kind in ALWAYS:
        _watch_children(registry, kind, listeners.add_soon)
    operator = asyncio.create_task(
        kopf.operator(
            registry=registry,
            settings=settings(),
            insights=insights,
            standalone=True,
            clusterwide=not namespaces,
            namespaces=namespaces,
            stop_flag=end,
            ready_flag=ready,
        )
    )
    await _either(operator, ready.wait())
    started()
    await _either(operator, stop.wait(), _follow(optional_kinds, registry, insights, listeners.add_soon))
    # Before its first watch kopf asks what the cluster serves, in tasks that fail loudly when it is stopped meanwhile.
    await _either(operator, asyncio.wait_for(streams.begun.wait(), SCAN_SECONDS))
    end.set()
    await operator


async def _either(task: asyncio.Task[None], *coroutines: Coroutine[Any, Any, object]) -> None:
    """Wait for the task or a coroutine, whichever ends first, and leave the task to itself. Raises what one raised."""
    others = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    ended, _ = await asyncio.wait({task, *others}, return_when=asyncio.FIRST_COMPLETED)
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for each in ended - {task}:
        if not isinstance(each.exception(), TimeoutError):
            each.result()


async def _follow(
    optional_kinds: AsyncIterator[frozenset[Kind]],
    registry: kopf.OperatorRegistry,
    insights: Insights,
    add_soon: Callable[[Key], None],
) -> None:
    """Let kopf watch just these optional kinds beside the others.

    By itself it would do so only if it may watch all CRDs, with everything that is in them.
    """
    await insights.ready_resources.wait()
    known: set[Kind] = set()
    async for kinds in optional_kinds:
        for kind in kinds - known:
            _watch_children(registry, kind, add_soon)
        known |= kinds
        async with insights.revised:
            insights.watched_resources.difference_update(map(_resource, OPTIONAL))
            insights.watched_resources.update(map(_resource, kinds))
            insights.revised.notify_all()


def _resource(kind: Kind) -> kopf.Resource:
    return kopf.Resource(kind.group, kind.version, kind.plural, kind=kind.name, namespaced=kind.namespaced)


def _log_in(
    registry: kopf.OperatorRegistry, login: Login, streams: Streams, answered: Callable[[str, int], None]
) -> None:
    logins = 0

    @kopf.on.login(registry=registry)
    async def log_in(**_: Any) -> kopf.AiohttpSession:
        nonlocal logins
        logins += 1
        if logins > 1:  # kopf asks again at once after every 401
            await asyncio.sleep(RELOGIN_SECONDS)
            await login.refresh()
        return kopf.AiohttpSession(server=login.server, aiohttp_session=login.session(answered, streams.middleware))


def _watch_servers_and_classes(registry: kopf.OperatorRegistry, users: Users, add: Callable[[Key], None]) -> None:
    @kopf.on.event(*_selector(MODEL_SERVER), registry=registry)
    async def server_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        users.gone(body) if type == "DELETED" else users.seen([body])
        if type is not None:
            add(_key(body))

    @kopf.on.event(*_selector(MODEL_SERVER_CLASS), registry=registry)
    async def class_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        for key in users.of(body["metadata"]["name"]) if type is not None else ():
            add(key)


def _watch_children(registry: kopf.OperatorRegistry, kind: Kind, add_soon: Callable[[Key], None]) -> None:
    @kopf.on.event(*_selector(kind), registry=registry)
    async def child_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        if type is not None and (name := _server_of(body["metadata"])):
            add_soon(Key(body["metadata"]["namespace"], name))


def _server_of(metadata: Mapping[str, Any]) -> str | None:
    """The name of the ModelServer that an object belongs to: its owner's; for what a Deployment made, by label.

    A label can lie, which costs one pass over a server that had no need of it.
    """
    for owner in metadata.get("ownerReferences") or ():
        if owner["kind"] == MODEL_SERVER.name and owner["apiVersion"].startswith(f"{MODEL_SERVER.group}/"):
            return str(owner["name"])
    name = (metadata.get("labels") or {}).get(INSTANCE_LABEL)
    return str(name) if name else None


def _key(server: Mapping[str, Any]) -> Key:
    return Key(server["metadata"]["namespace"], server["metadata"]["name"])


def _class_name(server: Mapping[str, Any]) -> str:
    return str((server.get("spec") or {}).get("className", ""))


def _selector(kind: Kind) -> tuple[str, str, str]:
    return kind.group, kind.version, kind.plural
