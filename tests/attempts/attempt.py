"""What somebody might try who may write ModelServers in one namespace and nothing else, and who has to say no."""

from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]

API_SERVER = "the API server"
CLASS = "ForbiddenByClass"


@dataclass(frozen=True)
class Attempt:
    """A ModelServer that must not be served.

    spec: laid over the spec of one that is served, member by member.
    by: API_SERVER, or the reason of the condition by which the operator refuses it.
    says: part of the answer; it names what was refused.
    """

    name: str
    by: str
    says: str
    spec: Manifest
