"""How the load of many ModelServers varies: a little all the time, and now and then by what one more pod serves."""

import random

CHANGE = 2  # requests a second more or less, at most
BETWEEN_SURGES_SECONDS = 1000  # of one ModelServer, on average
SURGE_SECONDS = 60
CERTAIN = 1.125  # times what the pods should have: the autoscaler does nothing below 1.1


class Queues:
    """One number of unfinished requests for each of the ModelServers, all of which have so many pods.

    A calm one stays within what those pods are right for, so that the autoscaler finds nothing to do; a surge asks for
    one more, and ends.
    """

    def __init__(self, servers: int, pods: int, target: int, chance: random.Random) -> None:
        """target: what one pod should have."""
        self._calm = range((pods - 1) * target + 1, pods * target + 1)
        self._surge = range(round(pods * target * CERTAIN), (pods + 1) * target + 1)
        self._chance = chance
        self._surging = [0] * servers  # for so many seconds more
        self.now = [chance.choice(self._calm) for _ in range(servers)]
        self.surges = 0

    def pass_second(self) -> None:
        """`now` is what they are a second later."""
        for server, before in enumerate(self.now):
            within = self._surge if self._surges(server) else self._calm
            self.now[server] = min(max(before + self._chance.randint(-CHANGE, CHANGE), within[0]), within[-1])

    def _surges(self, server: int) -> bool:
        if self._surging[server]:
            self._surging[server] -= 1
        elif self._chance.random() < 1 / BETWEEN_SURGES_SECONDS:
            self._surging[server] = SURGE_SECONDS
            self.surges += 1
        return self._surging[server] > 0
