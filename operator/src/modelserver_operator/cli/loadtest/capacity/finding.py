"""`--find-capacity`: one short run after another, until the largest rate is known that meets the objectives."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from modelserver_operator.cli.loadtest.capacity.meeting import missed, piled_up
from modelserver_operator.cli.loadtest.capacity.overload import Overload
from modelserver_operator.cli.loadtest.capacity.proposing import proposal
from modelserver_operator.cli.loadtest.capacity.search import Search
from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.overhead import MOST_CPU_SHARE
from modelserver_operator.cli.loadtest.generating.plan import LoadPlan
from modelserver_operator.cli.loadtest.generating.recorded import Cost, Progress, Recorded
from modelserver_operator.cli.loadtest.progress import Shown, tell
from modelserver_operator.cli.loadtest.reporting.capacity_report import Capacity, Try
from modelserver_operator.cli.loadtest.reporting.figures import rate as told_rate
from modelserver_operator.cli.loadtest.reporting.figures import seconds
from modelserver_operator.cli.loadtest.reporting.measured import window
from modelserver_operator.cli.loadtest.reporting.summary import summaries
from modelserver_operator.cli.loadtest.wanted.arguments import LEAST_ASKED, Judged
from modelserver_operator.cli.loadtest.wanted.planning import Planner

MOST_RUNS = 40  # from 1 to some thousands of requests a second it takes about twenty


@dataclass(frozen=True)
class Run:
    """The run that is reported, and, of several, what was found by them."""

    plan: LoadPlan
    recorded: Recorded
    outcome: str = ""
    search: Search | None = None
    tries: Sequence[Try] = field(default=())

    def capacity(self, pods: tuple[int | None, int | None]) -> Capacity | None:
        """What was found; None where nothing was looked for. pods: ready ones before and after."""
        if self.search is None:
            return None
        rate, overall = self.search.best, summaries(self.recorded, ())[0]
        return Capacity(
            outcome=self.outcome,
            rate=rate,
            first_too_much=self.search.too_much,
            tries=list(self.tries),
            proposal=proposal(overall, *pods) if self.outcome == "Found" else None,
        )


async def found(planner: Planner, judged: Judged, stop: asyncio.Event) -> Run:
    """The run at the largest rate that meets the objectives, or the last one. Raises GeneratorError."""
    looking = Looking(planner, judged, stop)
    tell(looking.beforehand)
    while not looking.outcome:
        await looking.try_next()
    return looking.run


class Looking:
    """The search while it goes on; `outcome` as Capacity has it, empty until the end."""

    def __init__(self, planner: Planner, judged: Judged, stop: asyncio.Event) -> None:
        self._planner, self._judged, self._stop = planner, judged, stop
        asked = planner.how_much
        assert asked.rate is not None, "a search is an open loop"
        assert asked.duration is not None, "a search has no number of requests"
        first, least = min(asked.rate, judged.most_rate), LEAST_ASKED / asked.duration
        self._search = Search(first, judged.most_rate, 1 + judged.precision / 100, least)
        self._tries: list[Try] = []
        self._met: dict[float, Run] = {}
        self._last: Run | None = None
        self._runs = 0
        self.outcome = ""

    @property
    def beforehand(self) -> str:
        """What is about to happen, and how long that takes."""
        asked = self._planner.how_much
        one = asked.warm_up + (asked.duration or 0)
        return (
            f"Each rate is tried for {one:g} s: from {told_rate(self._search.first)} requests/s on it is doubled "
            f"until an objective is missed, and then narrowed down in {self._search.steps_between} steps. To "
            f"{told_rate(self._search.first * 32)} requests/s that is about {seconds(one * self._usual_runs)}, at most "
            f"{MOST_RUNS} runs or {seconds(one * MOST_RUNS)}; Ctrl-C ends it."
        )

    @property
    def _usual_runs(self) -> int:
        """Five doublings, twice the one that is too much; the middles, half of which are missed and tried twice; and a
        second look at the answer."""
        return 5 + 2 + math.ceil(1.5 * self._search.steps_between) + 1

    @property
    def run(self) -> Run:
        """The one that is reported: at the rate that was found, else the last one."""
        best = self._search.best
        chosen = self._met[best] if best is not None else self._last
        assert chosen is not None, "a search begins with a rate"
        return Run(chosen.plan, chosen.recorded, self.outcome, self._search, self._tries)

    async def try_next(self) -> None:
        """One run more."""
        rate = self._search.next()
        if rate is None or self._runs == MOST_RUNS:
            self.outcome = self._found_out()
            return
        run, why = await self._tried(rate)
        self._last, self._runs = run, self._runs + 1
        if run.recorded.stopped and not why:  # by a person: what was seen until then says too little
            self.outcome = "Stopped"
            return
        self._take(run, rate, why)
        if self._stop.is_set():
            self.outcome = "Stopped"
        elif _could_no_more(run.recorded.own) and self._search.too_much == rate:
            self.outcome = "LoadTester"

    async def _tried(self, rate: float) -> tuple[Run, str]:
        """A run, and why it was ended early, if it was."""
        plan = self._planner.plan(rate, draw=self._runs)
        whole = plan.warm_up + (plan.duration or 0)
        overload = Overload(self._judged.objectives, rate * (plan.duration or 0))
        ended, why = asyncio.Event(), ""
        with Shown(whole, f"{told_rate(rate)} requests/s: ") as shown:

            def look(progress: Progress) -> None:
                nonlocal why
                shown.show(progress)
                why = why or overload.told(progress)
                if why or self._stop.is_set():
                    ended.set()

            return Run(plan, await generate(plan, look, ended)), why

    def _take(self, run: Run, rate: float, why: str) -> None:
        tried = self._judge(run, rate, why)
        if tried is None:
            tell(f"{told_rate(rate)} requests/s: chance asked nothing, so it is tried again")
            return
        tell(_line(tried))
        self._tries.append(tried)
        self._search.tell(rate, met=tried.met)
        if tried.met:
            self._met[rate] = run

    def _judge(self, run: Run, rate: float, why: str) -> Try | None:
        """None where chance asked nothing: the objectives were neither met nor missed."""
        overall, scenarios = summaries(run.recorded, self._judged.objectives)
        if not (why or overall.asked):
            return None
        why = why or missed(self._judged.objectives, overall, scenarios)
        why = why or piled_up(overall, run.plan.duration or 0.0, run.plan.warm_up)
        return Try(
            rate=rate,
            met=not why,
            why=why,
            asked_per_second=overall.asked / window(run.recorded).seconds,
            answered_per_second=overall.requests_per_second.value,
            seconds=run.recorded.ended,
            seed=run.plan.seed,
        )

    def _found_out(self) -> str:
        if self._search.best is None:
            return "NeverMet"
        return "NotReached" if self._search.too_much is None else "Found"


def _could_no_more(own: Cost) -> bool:
    """Whether it was the load tester that had reached its limit; that its machine was busy is told with the report."""
    return own.cpu_share > MOST_CPU_SHARE or own.waited_for_connection > 0


def _line(tried: Try) -> str:
    verdict = "met" if tried.met else f"missed, {tried.why}"
    asked, answered = told_rate(tried.asked_per_second), told_rate(tried.answered_per_second)
    return f"{told_rate(tried.rate)} requests/s: {verdict} ({asked} asked/s, {answered} answered/s)"
