"""Every place of ours in which Prometheus is asked something: each question, and the labels that its answer needs."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from charts.dashboards import filled
from tests.monitoring.names import Labels, Need, needs

ROOT = Path(__file__).parents[2]
DASHBOARDS = ROOT / "charts" / "modelserver" / "files" / "dashboards"
ADAPTER = ROOT / "charts" / "modelserver" / "files" / "prometheus-adapter.yaml"
# What stands for a dashboard's variables in a query that is only read.
ANY = ".+"
VARIABLES = defaultdict(lambda: ANY, {"interval": "30s", "__rate_interval": "2m", "__range": "1h"})
# A row of a table that names metrics and their types; where it has four cells the third one names the labels.
ROW = re.compile(r"^\| `((?:modelserver_|vllm:)\w+)` \| (\w+) \|(?:([^|]*)\|)?[^|]*\|$", flags=re.MULTILINE)
NAME = r"(?<![\w/.])(?:modelserver_|vllm:)\w+(?![\w/.])"
PACKAGES = {"modelserver_operator", "modelserver_runtime", "modelserver_steering"}


@dataclass(frozen=True)
class Question:
    """Where it stands, what is asked, and the labels that whoever asks uses of the answer."""

    where: str
    expr: str
    labels: Labels = frozenset()


def needed(questions: Iterable[Question]) -> dict[Need, str]:
    """What all of them need, each with the first place that needs it; rules among them may record."""
    return {need: each.where for each in reversed([*questions]) for need in needs(each.expr, each.labels)}


def rules(manifest: dict[str, Any]) -> Iterator[Question]:
    """Of a PrometheusRule: expressions, and the labels that alerts name in their texts."""
    for group in manifest["spec"]["groups"]:
        for rule in group["rules"]:
            texts = "".join([*rule.get("annotations", {}).values(), *rule["labels"].values()])
            used = frozenset(re.findall(r"\$labels\.(\w+)", texts))
            yield Question(f"alert {rule['alert']} ({rule['labels']['severity']})", rule["expr"], used)


def dashboards() -> Iterator[Question]:
    """Of the dashboards that are shipped: panels with their legends, variables and annotations."""
    for file in sorted(DASHBOARDS.glob("*.json")):
        yield from _dashboard(file.stem, json.loads(file.read_text()))


def scaled_object(manifest: dict[str, Any]) -> Question:
    """Of a ScaledObject that asks Prometheus."""
    (trigger,) = manifest["spec"]["triggers"]
    return Question("ScaledObject", trigger["metadata"]["query"])


def adapter() -> Question:
    """Of prometheus-adapter's rule: what it looks for, as it asks for one ModelServer."""
    (rule,) = yaml.safe_load(ADAPTER.read_text())["rules"]
    metric = rule["seriesQuery"].partition("{")[0]
    stands = {
        "<<.Series>>": metric,
        "<<.LabelMatchers>>": ", ".join(f'{label}!=""' for label in rule["resources"]["overrides"]),
        "<<.GroupBy>>": ", ".join(rule["resources"]["overrides"]),
    }
    expr = rule["metricsQuery"]
    for template, value in stands.items():
        expr = expr.replace(template, value)
    return Question("prometheus-adapter's rule", f"{expr} and on (namespace, modelserver) {rule['seriesQuery']}")


def pages() -> Iterator[Question]:
    """Of docs/*.md: every row that names a metric, with its labels."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        for name, (kind, labels) in rows(page.read_text()).items():
            histogram = kind == "histogram"
            series, more = (f"{name}_bucket", {"le"}) if histogram else (name, set())
            yield Question(f"docs/{page.name}", series, labels | more)


def rows(page: str) -> dict[str, tuple[str, Labels]]:
    """Type and labels of each metric that a page's tables name."""
    return {name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in ROW.findall(page)}


def mentioned() -> set[str]:
    """Every name of a metric anywhere in docs/*.md; a histogram is called by its family's."""
    found = {name for page in (ROOT / "docs").glob("*.md") for name in re.findall(NAME, page.read_text())}
    return found - PACKAGES


def _dashboard(title: str, document: dict[str, Any]) -> Iterator[Question]:
    for panel in filled.panels(document):
        for target in panel["targets"]:
            used = frozenset(re.findall(r"\{\{\s*(\w+)\s*\}\}", target.get("legendFormat", "")))
            expr = _read(filled.filled(target["expr"], VARIABLES))
            yield Question(f"dashboard {title}, {panel['title']}", expr, used)
    for variable in document["templating"]["list"]:
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", filled.filled(variable["query"], VARIABLES))
            assert found, variable["query"]
            yield Question(f"dashboard {title}, ${variable['name']}", _read(found[1]), frozenset({found[2]}))
    for expr in filled.marks(document, VARIABLES):
        yield Question(f"dashboard {title}, a mark", _read(expr))


def _read(query: str) -> str:
    """Where all of a label's values are chosen, an exact match is a pattern, too."""
    return query.replace(f'="{ANY}"', f'=~"{ANY}"')
