"""Objects that are accepted or refused, as plain data.

tests/unit/operator feeds them to the parser, tests/controlplane to a real API server: both must give the same
verdict, and for a refusal both answers must hold the same words.
"""

from tests.crd_cases.accepted import ACCEPTED
from tests.crd_cases.bounds import BOUNDS
from tests.crd_cases.classes import REFUSED_CLASSES
from tests.crd_cases.objects import MODEL, VECTORS, Case, mix, server, server_class, variants
from tests.crd_cases.servers import REFUSED_SERVERS
from tests.crd_cases.updates import UPDATES, Update
from tests.crd_cases.whole import WHOLE, WHOLE_CLASS

REFUSED: tuple[Case, ...] = (*REFUSED_SERVERS, *REFUSED_CLASSES)

__all__ = [
    "ACCEPTED",
    "BOUNDS",
    "MODEL",
    "REFUSED",
    "UPDATES",
    "VECTORS",
    "WHOLE",
    "WHOLE_CLASS",
    "Case",
    "Update",
    "mix",
    "server",
    "server_class",
    "variants",
]
