"""From events to keys: kopf watches, every event says which ModelServer to look at, and nothing else happens here.

Only low-level event handlers: kopf then writes neither finalizers nor annotations, so nothing of it blocks a deletion.
A lost event costs time, never truth: whatever a watch has missed, the next resync finds. What a watch lists when it
begins is no event: whoever begins to watch asks for a resync instead.
"""

from modelserver_operator.watch.handlers import Listeners
from modelserver_operator.watch.informer import paths, run

__all__ = ["Listeners", "paths", "run"]
