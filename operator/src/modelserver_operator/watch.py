"""From events to keys: kopf watches, every event says which ModelServer to look at, and nothing else happens here.

Only low-level event handlers: kopf then writes neither finalizers nor annotations, so nothing of it blocks a deletion.
A lost event costs time, never truth: whatever a watch has missed, the next resync finds.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Any

import kopf

from modelserver_operator.cluster import (
    MODEL_SERVER,
    MODEL_SERVER_CLASS,
    Kind,
    Login,
)
from modelserver_operator.reconcile import CHILD_KINDS, CHILD_SELECTOR, Key

INSTANCE_LABEL = "app.kubernetes.io/instance"  # on every child, and on what a Deployment makes of its template
SCAN_SECONDS = 5.0  # one that lasts longer will not get its answers, and need not end cleanly
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


def settings() -> kopf.OperatorSettings:
    """kopf as an informer only: nothing posted, nothing scanned, children selected by label on the server."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True  # else it would list namespaces and CRDs, to which we have no right
    settings.networking.error_backoffs = EndlessBackoffs()
    settings.networking.enforce_retry_after = True
    for kind in CHILD_KINDS:
        settings.watching.label_selectors[kind.group, kind.version, kind.plural] = CHILD_SELECTOR
    return settings


async def run(
    login: Login,
    *,
    add: Callable[[Key], None],
    relisted: Callable[[], None],
    answered: Callable[[str, int], None],
    namespaces: Sequence[str],
    stop: asyncio.Event,
    started: Callable[[], None],
) -> None:
    """Watch until `stop` is set, in these namespaces or, without any, in all. Raises what a watch has failed with.

    `add` takes a key to look at; `relisted` hears that a watch began anew and may have missed something; `answered`
    hears of every request's verb and HTTP status; `started` is called once kopf has set itself up.
    """
    ready, watching, end = asyncio.Event(), asyncio.Event(), asyncio.Event()
    operator = asyncio.create_task(
        kopf.operator(
            registry=_registry(login, add=add, relisted=relisted, answered=answered, watching=watching),
            settings=settings(),
            standalone=True,
            clusterwide=not namespaces,
            namespaces=namespaces,
            stop_flag=end,
            ready_flag=ready,
        )
    )
    await _either(operator, ready.wait())
    started()
    await _either(operator, stop.wait())
    # Before its first watch kopf asks what the cluster serves, in tasks that fail loudly when it is stopped meanwhile.
    await _either(operator, asyncio.wait_for(watching.wait(), SCAN_SECONDS))
    end.set()
    await operator


async def _either(task: asyncio.Task[None], coroutine: Coroutine[Any, Any, object]) -> None:
    """Wait for the task or the coroutine, whichever ends first, and leave the task to itself."""
    other = asyncio.ensure_future(coroutine)
    await asyncio.wait({task, other}, return_when=asyncio.FIRST_COMPLETED)
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)


def _registry(
    login: Login,
    *,
    add: Callable[[Key], None],
    relisted: Callable[[], None],
    answered: Callable[[str, int], None],
    watching: asyncio.Event,
) -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()
    _log_in(registry, login, answered, watching)
    _watch_servers_and_classes(registry, add, relisted)
    for kind in CHILD_KINDS:
        _watch_children(registry, kind, add, relisted)
    return registry


def _log_in(
    registry: kopf.OperatorRegistry, login: Login, answered: Callable[[str, int], None], watching: asyncio.Event
) -> None:
    logins = 0

    def asked(query: Mapping[str, str]) -> None:
        if "watch" in query:
            watching.set()

    @kopf.on.login(registry=registry)
    async def log_in(**_: Any) -> kopf.AiohttpSession:
        nonlocal logins
        logins += 1
        if logins > 1:  # kopf asks again at once after every 401
            await asyncio.sleep(RELOGIN_SECONDS)
            await login.refresh()
        return kopf.AiohttpSession(server=login.server, aiohttp_session=login.session(asked, answered))


def _watch_servers_and_classes(
    registry: kopf.OperatorRegistry, add: Callable[[Key], None], relisted: Callable[[], None]
) -> None:
    class_of: dict[Key, str] = {}

    @kopf.on.event(*_selector(MODEL_SERVER), registry=registry)
    async def server_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        key = Key(body["metadata"]["namespace"], body["metadata"]["name"])
        class_of[key] = (body.get("spec") or {}).get("className", "")
        if type == "DELETED":
            del class_of[key]
        if type is None:
            relisted()
        add(key)

    @kopf.on.event(*_selector(MODEL_SERVER_CLASS), registry=registry)
    async def class_event(body: Mapping[str, Any], **_: Any) -> None:
        for key in [key for key, name in class_of.items() if name == body["metadata"]["name"]]:
            add(key)


def _watch_children(
    registry: kopf.OperatorRegistry, kind: Kind, add: Callable[[Key], None], relisted: Callable[[], None]
) -> None:
    @kopf.on.event(*_selector(kind), registry=registry)
    async def child_event(type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 (kopf's name)
        if type is None:
            relisted()
        if name := _server_of(body["metadata"]):
            add(Key(body["metadata"]["namespace"], name))


def _server_of(metadata: Mapping[str, Any]) -> str | None:
    """The name of the ModelServer that an object belongs to: its owner's; for what a Deployment made, by label.

    A label can lie, which costs one pass over a server that had no need of it.
    """
    for owner in metadata.get("ownerReferences") or ():
        if owner["kind"] == MODEL_SERVER.name and owner["apiVersion"].startswith(f"{MODEL_SERVER.group}/"):
            return str(owner["name"])
    name = (metadata.get("labels") or {}).get(INSTANCE_LABEL)
    return str(name) if name else None


def _selector(kind: Kind) -> tuple[str, str, str]:
    return kind.group, kind.version, kind.plural
