"""The table in docs/metrics.md and a scrape, each as the same kind of facts, to be compared."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"
Fact = tuple[str, str, frozenset[str]]  # name, type, labels


def told() -> set[Fact]:
    """What the page says."""
    rows = re.findall(r"^\| `(modelserver_\w+)` \| (\w+) \|([^|]*)\|", PAGE.read_text(), flags=re.MULTILINE)
    return {(name, kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def scraped(text: str) -> set[Fact]:
    """What a scrape says of metrics of ours; one of which it has no sample yet has no labels."""
    found = set()
    for family in text_string_to_metric_families(text):
        ours = family.name.startswith("modelserver_") and not family.name.endswith("_created")
        labels = frozenset(label for sample in family.samples for label in sample.labels) - {"le"}
        if ours:
            found.add((family.name + ("_total" if family.type == "counter" else ""), family.type, labels))
    return found
