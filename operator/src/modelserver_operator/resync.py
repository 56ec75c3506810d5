"""Every ModelServer is looked at now and then without any event: what no watch has told is found all the same."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Sequence

from modelserver_operator.cluster import MODEL_SERVER, Cluster, ClusterError, Manifest
from modelserver_operator.reconcile import Key, key_of
from modelserver_operator.users import Users

SETTLE_SECONDS = 1.0  # watches often begin anew together; one list answers them all
BEGIN_SECONDS = 30.0  # a watch that does not begin for so long, for want of a right perhaps, must not stop the others
RETRY_SECONDS = 5.0  # after a list that failed

log = logging.getLogger(__name__)


class Resync:
    """Lists the ModelServers at start, every `period` seconds give or take a tenth, and soon after a nudge.

    `users` learns from each list, and so does whoever hears of it by `listed`, before its keys are added.
    """

    def __init__(
        self,
        cluster: Cluster,
        add: Callable[[Key], None],
        users: Users,
        listed: Callable[[list[Manifest]], None],
        *,
        namespaces: Sequence[str],
        period: float,
    ) -> None:
        self._cluster = cluster
        self._add = add
        self._users = users
        self._listed = listed
        self._scopes: Sequence[str | None] = list(namespaces) or [None]
        self._period = period
        self._nudged = asyncio.Event()
        self._last_turn: float | None = None
        self.listed_at = 0.0
        """When the ModelServers were last listed, in seconds since 1970; 0: never."""

    @property
    def listed(self) -> bool:
        """Whether the ModelServers were ever listed."""
        return self.listed_at > 0

    def nudge(self) -> None:
        """A watch may have missed something: list soon."""
        self._nudged.set()

    def age(self) -> float:
        """Seconds since the loop last turned, whether or not the API server answered; 0 before it has begun."""
        return time.monotonic() - self._last_turn if self._last_turn is not None else 0.0

    async def run(self, begun: asyncio.Event) -> None:
        """List, add, wait, for ever. What happens after the watches have begun is an event: one list is enough."""
        self._last_turn = time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(begun.wait(), BEGIN_SECONDS)
        while True:
            self._last_turn = time.monotonic()
            pause = await self._turn()
            try:
                async with asyncio.timeout(pause):
                    await self._nudged.wait()
                await asyncio.sleep(SETTLE_SECONDS)
            except TimeoutError:
                pass

    async def _turn(self) -> float:
        """List once; for how many seconds to wait until the next time."""
        self._nudged.clear()
        before = self._users.known()
        try:
            servers = [item for scope in self._scopes for item in await self._cluster.list_all(MODEL_SERVER, scope)]
        except ClusterError as error:
            log.warning("cannot list ModelServers: %s", error)
            return RETRY_SECONDS
        self.listed_at = time.time()
        self._listed(servers)
        # What was deleted without a word is looked at, too: other parts still know of it.
        for key in [*map(key_of, servers), *self._users.listed(servers, before)]:
            self._add(key)
        return self._period * random.uniform(0.9, 1.1)
