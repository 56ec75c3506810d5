"""A scrape's text as series, with the labels that Prometheus adds to those of one target."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from tests.monitoring.contract import Series

# Of the pinned vLLM under load, beside our own metrics: only what docs/metrics.md says that we rely on. The engine tier
# compares it with a live scrape.
VLLM = Path(__file__).with_name("recorded") / "vllm.txt"

OF_SERVER = {
    "namespace": "default",
    "modelserver": "demo",
    "pod": "demo-0",
    "service": "demo",
    "job": "demo",
    "endpoint": "metrics",
    "container": "runtime",
    "instance": "10.0.0.1:9000",
}


def series(text: str, target: Mapping[str, str]) -> Iterator[Series]:
    """Every series of a scrape, its own labels before the target's, as where labels are honoured."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield {**target, **sample.labels, "__name__": sample.name}


def kinds(text: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Type and labels of every metric of a scrape, by the name that people call it: a counter's ends with _total."""
    found = {}
    for family in text_string_to_metric_families(text):
        labels = frozenset(label for sample in family.samples for label in sample.labels) - {"le"}
        found[family.name + ("_total" if family.type == "counter" else "")] = (family.type, labels)
    return found
