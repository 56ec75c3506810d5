"""What pods say of themselves that are not ready though something runs in them: a download how far it is, a started
server what keeps it from serving. Nothing that the kubelet reports tells either."""

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Protocol

from modelserver_operator.status import Asked, Document, Mute, Seen, asked, can_speak

PATIENCE_SECONDS = 0.5  # of a pass; a port of a thread's own answers within milliseconds, and what is late is not told
MOST = 8  # of a rollout with many pods; the first cause found is told, and one is as good as another


class Asks(Protocol):
    """Asks one pod."""

    async def ask(self, pod: Asked, *, doubted: bool, part: str) -> Document | Mute:
        """Its /stats; raises nothing. doubted: it may be silent, and such pods wait for each other only."""
        ...


async def hear(pods: Asks, among: Iterable[Seen]) -> dict[str, Document]:
    """By the uid of each such pod what it says; nothing of those that are silent, for which nobody waits longer."""
    speakers = [asked(pod) for pod in islice(filter(can_speak, among), MOST)]
    questions = {each.uid: asyncio.ensure_future(pods.ask(each, doubted=True, part="requests")) for each in speakers}
    if questions:
        await _within(questions.values())
    said = {uid: question.result() for uid, question in questions.items() if not question.cancelled()}
    return {uid: document for uid, document in said.items() if not isinstance(document, Mute)}


async def _within(questions: Iterable[asyncio.Future[Document | Mute]]) -> None:
    """Until all are answered, or the patience is at its end; also if the pass is ended meanwhile, none goes on."""
    everything = list(questions)
    try:
        await asyncio.wait(everything, timeout=PATIENCE_SECONDS)
    finally:
        for question in everything:
            question.cancel()
        await asyncio.gather(*everything, return_exceptions=True)
