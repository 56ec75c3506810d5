"""The cases of this folder's server*.yaml, in promtool's own form.

A case is about one alert of the ModelServer demo in the namespace team:

    - fires: ModelServerDown          # or `silent: ModelServerDown`, in the nearest harmless case
      when: no pod can be scraped
      series: {'up{pod="a"}': 1x4 0x20}   # as promtool writes values; namespace and modelserver are added
      at: {9m: [], 10m: [critical]}       # the severities that fire; of `silent` the moments alone, such as [5m, 30m]
      figure: 85%                         # what the annotations say instead of what Prometheus fills in
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

OF_SERVER = 'namespace="team", modelserver="demo"'
# promtool reads 0x20 as the number 32.
ZEROS = re.compile(r"(?<![\w.+-])0x(\d+)")
FILLED_IN = re.compile(r"\{\{.*\}\}")
Case = Mapping[str, Any]
Rule = Mapping[str, Any]


def cases(file: Path) -> list[dict[str, Any]]:
    """The cases as they stand."""
    found: list[dict[str, Any]] = _read(file)["cases"]
    return found


def _read(file: Path) -> Any:
    """All of it texts: YAML itself reads 0x20 as a number, too."""
    return yaml.load(file.read_text(), yaml.CBaseLoader)


def write(file: Path, rules: Iterable[Rule], folder: Path) -> None:
    """Files of tests for promtool, one for each alert with its rules alone: it works out all that it is given."""
    content = _read(file)
    by_alert: dict[str, list[Rule]] = {}
    for rule in rules:
        by_alert.setdefault(rule["alert"], []).append(rule)
    for alert, found in by_alert.items():
        name = f"{file.stem}-{alert}.json"
        (folder / f"rules-{name}").write_text(json.dumps({"groups": [{"name": alert, "rules": found}]}))
        tests = [_test(case, found, content["interval"]) for case in content["cases"] if alert_of(case)[0] == alert]
        promtool = {"rule_files": [f"rules-{name}"], "evaluation_interval": content["interval"], "tests": tests}
        (folder / f"test-{name}").write_text(json.dumps(promtool))


def alert_of(case: Case) -> tuple[str, str]:
    """(alert, "fires" or "silent") of a case."""
    how = "fires" if "fires" in case else "silent"
    return case[how], how


def _test(case: Case, rules: Iterable[Rule], interval: str) -> dict[str, Any]:
    alert, how = alert_of(case)
    by_severity = {rule["labels"]["severity"]: rule for rule in rules}
    moments = case["at"] if isinstance(case["at"], dict) else dict.fromkeys(case["at"], ())
    return {
        "name": f"{alert} {how} when {case['when']}",
        "interval": interval,
        "input_series": [
            {"series": _ours(name), "values": ZEROS.sub(r"0+0x\1", values)} for name, values in case["series"].items()
        ],
        "alert_rule_test": [
            {
                "eval_time": moment,
                "alertname": alert,
                "exp_alerts": [_expected(by_severity[severity], case) for severity in severities],
            }
            for moment, severities in moments.items()
        ],
    }


def _ours(series: str) -> str:
    name, _, labels = series.removesuffix("}").partition("{")
    return f"{name}{{{', '.join(filter(None, (OF_SERVER, labels)))}}}"


def _expected(rule: Rule, case: Case) -> dict[str, Any]:
    said = {name: FILLED_IN.sub(case.get("figure", ""), text) for name, text in rule["annotations"].items()}
    return {"exp_labels": rule["labels"], "exp_annotations": said}
