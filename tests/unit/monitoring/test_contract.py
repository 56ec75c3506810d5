"""Every question to Prometheus against the metrics as the code makes them: quick, and without a cluster.

Ours are real registries of today's code; vLLM's are recorded. The tier `monitoring` asks a real Prometheus the same.
"""

import re
from collections.abc import Iterable
from functools import cache

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from tests.monitoring import scrape, sources
from tests.monitoring.contract import Series, unmet
from tests.monitoring.sources import Question
from tests.unit.monitoring.full import OF_OPERATOR, questions
from tests.unit.runtime.scripted import Bench

from modelserver_operator.metrics import Metrics, Servers, State
from modelserver_operator.standings import Standings

READY = {"type": "Ready", "reason": "Ready", "status": "True"}
VLLMS = scrape.VLLM.read_text()


def of_runtime() -> str:
    return generate_latest(Bench().registry).decode()


def of_operator() -> str:
    registry, standings = CollectorRegistry(), Standings()
    metrics = Metrics(registry)
    metrics.answered("GET", 200)
    registry.register(State(*(lambda: 0.0,) * len(State.__dataclass_fields__)))
    standings.stands(("default", "demo"), {"conditions": [READY], "readyReplicas": 1}, None)
    registry.register(Servers(lambda: standings))
    return generate_latest(registry).decode()


RUNTIME, OPERATOR = of_runtime(), of_operator()


@cache
def there(runtime: str = RUNTIME, vllm: str = VLLMS, operator: str = OPERATOR) -> list[Series]:
    """What a Prometheus has that scrapes one server and one operator, and has an alert that fires for each."""
    alert = {"alertname": "ModelServerOperatorStuck", "alertstate": "firing", "severity": "critical"}
    for_state = {key: value for key, value in alert.items() if key != "alertstate"}
    return [
        *scrape.series(runtime + vllm, scrape.OF_SERVER),
        *scrape.series(operator, OF_OPERATOR),
        *({**target, "__name__": "up"} for target in (scrape.OF_SERVER, OF_OPERATOR)),
        *({**scrape.OF_SERVER, "__name__": "ALERTS", **alert}, {**OF_OPERATOR, "__name__": "ALERTS", **alert}),
        {**scrape.OF_SERVER, "__name__": "ALERTS_FOR_STATE", **for_state},
    ]


@pytest.mark.parametrize("question", questions(), ids=lambda question: f"{question.where}: {question.expr[:40]}")
def test_each_question_is_about_series_that_there_are(question: Question) -> None:
    assert unmet(sources.needed([question]), there()) == []


def ours(text: str) -> Iterable[str]:
    """The names that stand in a scrape's lines of types; a histogram's by its buckets."""
    return re.findall(r"^# TYPE ((?:modelserver_|vllm:)\w+) (?:counter|gauge|histogram)$", text, flags=re.MULTILINE)


NEEDED = sources.needed(questions())
ASKED = {need.metric for need in NEEDED}


def is_asked_for(name: str) -> bool:
    return any(asked in (name, f"{name}_bucket", f"{name}_count", f"{name}_sum") for asked in ASKED)


@pytest.mark.parametrize("name", [name for name in ours(RUNTIME + VLLMS + OPERATOR) if is_asked_for(name)])
def test_a_metric_with_another_name_is_missed(name: str) -> None:
    def renamed(text: str) -> str:
        return re.sub(rf"\b{name}(?=[ {{_])", f"{name.replace('_', '_renamed_', 1)}", text)

    complaints = unmet(NEEDED, there(renamed(RUNTIME), renamed(VLLMS), renamed(OPERATOR)))
    assert any(name in complaint for complaint in complaints)


@pytest.mark.parametrize("label", ["model", "outcome", "reason", "phase", "emotion", "state", "le", "type"])
def test_a_label_with_another_name_is_missed(label: str) -> None:
    def renamed(text: str) -> str:
        return re.sub(rf"([{{,]){label}=", rf"\1{label}_renamed=", text)

    assert unmet(NEEDED, there(renamed(RUNTIME), renamed(VLLMS), renamed(OPERATOR)))


def test_a_value_that_no_series_can_have_is_missed() -> None:
    wrong = [
        'modelserver_requests_total{outcome="error"}',
        'modelserver_requests_refused_total{reason="queue_full"}',
        'modelserver_state{state="hung"}',
        'modelserver_condition{type="Ready", reason="OutOfCoffee"}',
        'up{job="modelserver"}',
    ]
    assert len(unmet(sources.needed(Question("", each) for each in wrong), there())) == len(wrong)


def test_every_metric_that_is_asked_for_or_mentioned_has_a_row_in_the_docs() -> None:
    rows = {need.metric.removesuffix("_bucket") for need in sources.needed(sources.pages())}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in ASKED}
    of_ours = {name for name in families if name.startswith(("modelserver_", "vllm:"))}

    assert (of_ours | sources.mentioned()) - rows == set()
    assert {name for name in rows if name.startswith("vllm:")} - of_ours == set(), "no row for what nobody asks for"
