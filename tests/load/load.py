"""Streams that are open all the time: each client of a load asks again as soon as its last answer has ended.

A load runs in a thread with an event loop of its own, so that a test can meanwhile wait for kubectl. It ends by hearing
out what is open, silence excepted: no answer is left uncounted.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import aiohttp
from tests.load.asking import NO_ANSWER_SECONDS, Answer, Outcome, ask
from tests.load.question import Question

PAUSE_SECONDS = 0.2  # after a refusal, or where nobody took the connection: a gap is no reason to ask without end


class Trouble(NamedTuple):
    """An answer that was not whole: how it ended, and for people when, for which client and what was seen."""

    outcome: Outcome
    text: str


class Tally:
    """What became of the requests to one server so far. Written by the load's thread alone; all may read it."""

    def __init__(self) -> None:
        self.answers: Counter[Outcome] = Counter()
        self.troubles: list[Trouble] = []
        self.open = 0

    def count(self, answer: Answer, client: str) -> None:
        """Note an answer."""
        self.answers[answer.outcome] += 1
        if answer.outcome is not Outcome.WHOLE:
            at = time.strftime("%H:%M:%S", time.gmtime())
            self.troubles.append(Trouble(answer.outcome, f"{at} {client}: {answer.outcome.value}: {answer.detail}"))

    @property
    def requests(self) -> int:
        """How many have ended, in whatever way."""
        return self.answers.total()

    @property
    def whole(self) -> int:
        """How many were answered as they should be."""
        return self.answers[Outcome.WHOLE]

    def not_whole(self, *allowed: Outcome, since: int = 0) -> list[str]:
        """What is told of the others from trouble `since` on, but for those of an outcome that is allowed."""
        return [trouble.text for trouble in self.troubles[since:] if trouble.outcome not in allowed]


class Load:
    """Clients of some servers, by the servers' names: `kept` of each keep their connections, `fresh` make new ones."""

    def __init__(self, questions: Mapping[str, Question], *, kept: int, fresh: int) -> None:
        self.tallies = {name: Tally() for name in questions}
        self._questions = questions
        self._clients = {"kept": kept, "fresh": fresh}
        self._ending = threading.Event()

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Ask all the time until the block ends; then hear out what is open."""
        with ThreadPoolExecutor(1, "load") as thread:
            asked = thread.submit(lambda: asyncio.run(self._ask_all()))
            try:
                yield self
            finally:
                self._ending.set()
            asked.result()

    async def _ask_all(self) -> None:
        async with asyncio.TaskGroup() as clients:
            for name, question in self._questions.items():
                for kind, number in self._clients.items():
                    for _ in range(number):
                        clients.create_task(self._ask_again(question, self.tallies[name], f"{name}, {kind}"))

    async def _ask_again(self, question: Question, tally: Tally, client: str) -> None:
        """One client, with a connection of its own."""
        connector = aiohttp.TCPConnector(limit=1, force_close=client.endswith("fresh"))
        silence = aiohttp.ClientTimeout(total=None, sock_connect=NO_ANSWER_SECONDS, sock_read=NO_ANSWER_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=silence) as session:
            while not self._ending.is_set():
                tally.open += 1
                answer = await ask(session, question)
                tally.open -= 1
                tally.count(answer, client)
                if answer.outcome in (Outcome.REFUSED, Outcome.UNCONNECTED):
                    await asyncio.sleep(PAUSE_SECONDS)
