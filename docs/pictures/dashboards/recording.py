"""What Prometheus answered to a dashboard's queries, as a small JSON file from which a picture is drawn at any time."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from charts.dashboards.filled import Json, filled, marks, panels

DIGITS = 4  # more cannot be seen


class NotRecordedError(Exception):
    """The query is younger than the recording."""


@dataclass(frozen=True)
class Series:
    """One line: its labels, and a value for each step of the recording; None where there was none."""

    labels: dict[str, str]
    values: list[float | None]

    @property
    def last(self) -> float | None:
        """The last value that there is."""
        return next((value for value in reversed(self.values) if value is not None), None)


@dataclass(frozen=True)
class Recording:
    """answers: by the query as it stands in the dashboard; those of instant queries have one value."""

    dashboard: str
    variables: dict[str, str]
    start: int
    step: int
    length: int
    answers: dict[str, list[Series]]
    marks: list[Series]

    @property
    def end(self) -> int:
        """Of the last step, in seconds since 1970."""
        return self.start + self.step * (self.length - 1)

    def answer(self, target: Json) -> list[Series]:
        """To a panel's query. Raises NotRecordedError."""
        try:
            return self.answers[_key(target)]
        except KeyError:
            raise NotRecordedError(target["expr"]) from None

    def write(self, target: Path) -> None:
        """As a file whose lines are series, so that a change can be read."""
        text = json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)
        target.write_text(text.replace('{"labels"', '\n{"labels"') + "\n")


def read(source: Path) -> Recording:
    """What `write` has written."""
    found = json.loads(source.read_text())
    answers = {place: [Series(**each) for each in found["answers"][place]] for place in found["answers"]}
    return Recording(**{**found, "answers": answers, "marks": [Series(**each) for each in found["marks"]]})


@dataclass(frozen=True)
class Recorder:
    """Asks a Prometheus; `ask` is its HTTP API: a path below /api/v1 and parameters -> `data` of the answer."""

    ask: Any
    start: int
    step: int
    length: int

    def record(self, name: str, dashboard: Json, values: Mapping[str, str]) -> Recording:
        """Every answer to the dashboard's queries."""
        answers = {
            _key(target): list(self._answer(filled(target["expr"], values), instant=bool(target.get("instant"))))
            for panel in panels(dashboard)
            for target in panel["targets"]
        }
        marked = [series for expr in marks(dashboard, values) for series in self._answer(expr, instant=False)]
        shown = {name: value for name, value in values.items() if not name.startswith("__")}
        return Recording(name, shown, self.start, self.step, self.length, answers, marked)

    def _answer(self, expr: str, *, instant: bool) -> Iterator[Series]:
        end = self.start + self.step * (self.length - 1)
        if instant:
            for each in self.ask("query", {"query": expr, "time": end})["result"]:
                yield Series(_labels(each), [_rounded(each["value"][1])])
            return
        asked = {"query": expr, "start": self.start, "end": end, "step": self.step}
        for each in self.ask("query_range", asked)["result"]:
            at = {int(moment): value for moment, value in each["values"]}
            moments = (self.start + self.step * number for number in range(self.length))
            yield Series(_labels(each), [_rounded(at[moment]) if moment in at else None for moment in moments])


def _key(target: Json) -> str:
    """The same query may be asked for a moment in one panel and for a range in another."""
    return f"{target['expr']} @ end" if target.get("instant") else str(target["expr"])


def _labels(answer: Json) -> dict[str, str]:
    return {name: value for name, value in sorted(answer["metric"].items()) if name != "__name__"}


def _rounded(text: str) -> float | None:
    value = float(text)
    if not math.isfinite(value):
        return None
    if value > 1e9:  # a moment, or bytes
        return round(value)
    return float(f"{value:.{DIGITS}g}")
