"""What breaks servers of the site, all at the same time: overload, kills, a hang, a bad live part, errors."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.live.killing import killing
from tests.live.servers import BUSY, DEMO, FAILING, HUNG, KILLED, LATE, MOODY
from tests.live.site import Site
from tests.monitoring.asking import asking, body

BAD_VARIANT = {"name": "moody-odd", "mix": [{"vector": "nobody-has-this", "scale": 1}]}
# Eight seconds at the scripted engine's pace: whoever is in line runs out of time.
TOKENS = 80


@contextmanager
def hanging(site: Site) -> Iterator[None]:
    """The engine of one server makes no step any more. It takes a minute until the runtime says so."""
    with asking(site.url(HUNG), body(HUNG, "stall", 8)):
        yield


@contextmanager
def others(site: Site) -> Iterator[None]:
    """Everything else."""
    with ExitStack() as troubles:
        troubles.enter_context(asking(site.url(BUSY), *[body(BUSY, "Count.", TOKENS)] * 12))
        troubles.enter_context(asking(site.url(LATE), *[body(LATE, "Count.", TOKENS)] * 4))  # nobody is refused
        troubles.enter_context(asking(site.url(FAILING), *[body(FAILING, "fail", 8)] * 2))
        (pod,) = site.served(KILLED).pods()
        troubles.enter_context(killing(pod["metadata"]["uid"]))
        troubles.enter_context(_moody(site))
        yield


@contextmanager
def crowded(site: Site) -> Iterator[None]:
    """More long answers of the real engine than its cache has room for."""
    longest = body(DEMO, "Tell me all about the harbour.", 440, ignore_eos=True)
    with asking(site.url(DEMO), *[longest] * 12):
        yield


@contextmanager
def _moody(site: Site) -> Iterator[None]:
    """A variant of a vector that there is not, until the block ends."""
    _vary(site, [BAD_VARIANT])
    try:
        yield
    finally:
        _vary(site, [])


def _vary(site: Site, variants: Sequence[Mapping[str, Any]]) -> None:
    here = site.served(MOODY).here
    patch = json.dumps({"spec": {"emotions": {"variants": [*variants]}}})
    site.kubectl.run("patch", "modelserver", MOODY, *here, "--type=merge", "--patch", patch)
