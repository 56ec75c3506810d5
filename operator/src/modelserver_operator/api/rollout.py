"""How a new version takes the place of the old one."""

from __future__ import annotations

from typing import Literal

from modelserver_operator.api.fields import Seconds
from modelserver_operator.api.struct import Struct

Strategy = Literal["Auto", "Surge", "Replace"]


class Rollout(Struct):
    """How a new version takes the place of the old one, and how long its steps may take."""

    strategy: Strategy = "Auto"
    """strategy is Surge (start the new pod, then stop the old one), Replace (stop first: needs no spare
    accelerator), or Auto: Replace where the class has accelerators or the cache is ReadWriteOnce, else Surge."""

    startup_timeout_seconds: Seconds | None = None
    """startupTimeoutSeconds is how long a pod may take to load the model before it is restarted."""

    drain_seconds: Seconds | None = None
    """drainSeconds is how long a stopping pod may finish the requests that it has accepted."""
