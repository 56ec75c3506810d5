"""kopf as an informer, and as nothing else: how it is set up, logged in, run and ended."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from typing import Any

import kopf
from kopf._cogs.structs.references import Insights

from modelserver_operator.cluster import MODEL_SERVER, MODEL_SERVER_CLASS, Kind, Login
from modelserver_operator.observe import ALWAYS, CHILD_SELECTOR, OPTIONAL, SCALERS
from modelserver_operator.streams import Streams
from modelserver_operator.users import Users
from modelserver_operator.watch.handlers import Listeners, watch_kind, watch_servers_and_classes
from modelserver_operator.watch.optional_kinds import follow

SCAN_SECONDS = 5.0  # one that lasts longer will not get its answers, and need not end cleanly
FAILED_SECONDS = 10.0  # for kopf to end once a watch has failed; one of its tasks may ignore that it is cancelled
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


def paths(namespaces: Sequence[str]) -> list[str]:
    """The collections that are watched whatever the cluster serves, in these namespaces or, without any, in all."""
    scopes: Sequence[str | None] = list(namespaces) or [None]
    return [kind.path(scope) for kind in (MODEL_SERVER, MODEL_SERVER_CLASS, *ALWAYS) for scope in scopes]


def settings() -> kopf.OperatorSettings:
    """kopf as an informer only: nothing posted, nothing scanned. Children are selected by label on the server; scalers
    are not, for anybody's may scale our pods."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True  # else it would list namespaces and CRDs, to which we have no right
    settings.networking.error_backoffs = EndlessBackoffs()
    settings.networking.enforce_retry_after = True
    settings.queueing.idle_timeout = IDLE_SECONDS
    for kind in {*ALWAYS, *OPTIONAL} - {*SCALERS}:
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
    watch_servers_and_classes(registry, users, listeners.add)
    for kind in ALWAYS:
        watch_kind(registry, kind, users, listeners.add_soon)
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
    await _either(operator, stop.wait(), follow(optional_kinds, registry, insights, users, listeners.add_soon))
    # Before its first watch kopf asks what the cluster serves, in tasks that fail loudly when it is stopped meanwhile.
    await _either(operator, asyncio.wait_for(streams.begun.wait(), SCAN_SECONDS))
    end.set()
    await operator


async def _either(task: asyncio.Task[None], *coroutines: Coroutine[Any, Any, object]) -> None:
    """Wait for the task or a coroutine, whichever ends first, and leave the task to itself. Raises what one raised.

    A kopf whose watch has died cancels all tasks that were begun after it, these too, and ends a moment later: what has
    failed is in `task`.
    """
    others = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        ended, _ = await asyncio.wait({task, *others}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    if any(each.cancelled() for each in ended - {task}):
        await asyncio.wait({task}, timeout=FAILED_SECONDS)
        if not task.done():
            raise RuntimeError("a watch has failed, as kopf has said, and kopf does not end")
    for each in ended - {task}:
        if not each.cancelled() and not isinstance(each.exception(), TimeoutError):
            each.result()


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
