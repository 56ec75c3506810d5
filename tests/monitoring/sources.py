"""Every place of ours in which Prometheus is asked something: each question, and the labels that its answer needs."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.monitoring.names import Labels, Need, needs

ROOT = Path(__file__).parents[2]
DASHBOARDS = ROOT / "charts" / "modelserver" / "files" / "dashboards"
ADAPTER = ROOT / "charts" / "modelserver" / "files" / "prometheus-adapter.yaml"
# What stands for a dashboard's variables in a query that is only read.
VARIABLES = {"$__rate_interval": "1m", "$__interval": "1m", "$__range": "1h", "$interval": "1m"}
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
    for panel in _panels(document["panels"]):
        for target in panel.get("targets", ()):
            used = frozenset(re.findall(r"\{\{\s*(\w+)\s*\}\}", target.get("legendFormat", "")))
            yield Question(f"dashboard {title}, {panel['title']}", _read(target["expr"]), used)
    for variable in document["templating"]["list"]:
        if found := re.fullmatch(r"label_values\((.+), (\w+)\)", str(variable.get("query", ""))):
            yield Question(f"dashboard {title}, ${variable['name']}", _read(found[1]), frozenset({found[2]}))
    for annotation in document.get("annotations", {}).get("list", ()):
        if "expr" in annotation:
            yield Question(f"dashboard {title}, annotation", _read(annotation["expr"]))


def _panels(found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Those in rows that are folded, too."""
    for panel in found:
        yield panel
        yield from _panels(panel.get("panels", ()))


def _read(query: str) -> str:
    """A query with something in its variables' place that can be parsed; a label's variable matches everything."""
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    return re.sub(r'(\w+)(=~?)"\$\w+"', r'\1=~".+"', query)
