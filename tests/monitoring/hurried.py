"""Rules as they stand, but for time: each duration in them is shorter by one factor, so that minutes are seconds.

What is compared stays what it is. A rule counts or takes shares of what happens in its windows: a test that does in a
second what trouble does in a minute sees the rule as it is.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import promql_parser as promql

FACTOR = 60
LEAST = timedelta(seconds=4)  # so many scrapes of the site: `rate` wants two, and a busy machine leaves one out
LABEL = "hurried"


class TooShortError(Exception):
    """A window of the rule would be too short to have samples in it; the message names it."""


def hurried(rule: Mapping[str, Any], factor: int = FACTOR) -> dict[str, Any]:
    """A PrometheusRule beside the given one, which the operator's does not touch. Its alerts have the label LABEL.

    Raises TooShortError.
    """
    metadata = rule["metadata"]
    # Not the labels by which the operator knows what is its own.
    labels = {key: value for key, value in metadata["labels"].items() if "/" not in key}
    return {
        "apiVersion": rule["apiVersion"],
        "kind": rule["kind"],
        "metadata": {"name": f"{metadata['name']}-hurried", "namespace": metadata["namespace"], "labels": labels},
        "spec": {"groups": [_group(group, factor) for group in rule["spec"]["groups"]]},
    }


def expression(expr: str, factor: int = FACTOR) -> str:
    """The same, over shorter windows. Raises TooShortError."""

    def shorter(node: Any) -> Any:
        if isinstance(node, promql.MatrixSelector | promql.SubqueryExpr) and node.range:
            node.range = _window(node.range, factor, expr)
        if isinstance(node, promql.SubqueryExpr) and node.step:
            node.step /= factor
        if isinstance(node, promql.VectorSelector | promql.SubqueryExpr) and node.offset:
            node.offset /= factor
        return promql.parse(str(node))  # the parser's own objects ignore what is set, but where they are printed

    return str(promql.transform(promql.parse(expr), post_visit=shorter))


def _window(window: timedelta, factor: int, expr: str) -> timedelta:
    shorter = window / factor
    if shorter < LEAST:
        raise TooShortError(f"a window of {window} is {shorter} with the factor {factor}: {expr}")
    return shorter


def _group(group: Mapping[str, Any], factor: int) -> dict[str, Any]:
    interval = {"interval": _duration(group["interval"], factor)} if "interval" in group else {}
    return {"name": f"{group['name']}-hurried", **interval, "rules": [_rule(each, factor) for each in group["rules"]]}


def _rule(rule: Mapping[str, Any], factor: int) -> dict[str, Any]:
    lasts = {"for": _duration(rule["for"], factor)} if "for" in rule else {}
    labels = {**rule["labels"], LABEL: str(factor)}
    return {**rule, "expr": expression(rule["expr"], factor), **lasts, "labels": labels}


def _duration(text: str, factor: int) -> str:
    return promql.display_duration(promql.parse_duration(text) / factor)
