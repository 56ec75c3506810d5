"""How much load a server takes on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modelserver_operator.api.fields import Seconds
from modelserver_operator.api.struct import Struct


class Admission(Struct):
    """How much load is accepted; what is more gets a clean 429 with Retry-After."""

    max_running: Annotated[int, Field(ge=1, le=4096)] | None = None
    """maxRunning is how many requests are in the engine at once; left out, the engine's maxSequences."""

    max_waiting: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """maxWaiting is how many accepted requests may wait in line; further ones are refused."""

    refuse_early_above_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """refuseEarlyAbovePercent is how full the waiting line may be, in percent of maxWaiting, before some requests are
    refused, the more of them the fuller it is; 100 refuses none before the line is full. Left out, the profile's."""

    queue_timeout_seconds: Seconds | None = None
    """queueTimeoutSeconds is how long a request may wait in line."""

    request_timeout_seconds: Seconds | None = None
    """requestTimeoutSeconds is how long a request may run in the engine."""

    max_body_bytes: Annotated[int, Field(ge=1024, le=1_073_741_824)] | None = None
    """maxBodyBytes is the largest request body."""
