"""A dashboard's queries as Prometheus would be asked them: variables replaced, as Grafana does before it asks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

VARIABLE = re.compile(r"\$\{?([^\W\d]\w*)\}?")  # `$1` is PromQL's


@dataclass(frozen=True)
class Question:
    """One query of a dashboard: the title and the number of its panel, its letter there."""

    panel: str
    number: int
    letter: str
    expr: str


def places(namespace: str, server: str, installation: str) -> dict[str, dict[str, str]]:
    """What is chosen on top of each dashboard: all servers, one of them, the namespace of the release."""
    return {
        "fleet": {"namespace": ".+", "modelserver": ".+"},
        "server": {"namespace": namespace, "modelserver": server},
        "operator": {"installation": installation},
    }


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every `$name` and `${name}` replaced. Raises KeyError for a name without a value."""
    return VARIABLE.sub(lambda found: values[found[1]], text)


def panels(dashboard: Json) -> Iterator[Json]:
    """All but the headings of rows."""
    return (panel for panel in dashboard["panels"] if panel["type"] != "row")


def questions(dashboard: Json, values: Mapping[str, str]) -> Iterator[Question]:
    """Every query of every panel."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield Question(panel["title"], panel["id"], target["refId"], filled(target["expr"], values))


def marks(dashboard: Json, values: Mapping[str, str]) -> Iterator[str]:
    """The queries of what is marked in its graphs."""
    return (filled(each["expr"], values) for each in dashboard["annotations"].get("list", []))


def choices(dashboard: Json, values: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What variables are chosen from: a variable's name, the series that Prometheus is asked for, and their label."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"])
            if found is None:
                raise ValueError(f"{variable['name']}: {variable['query']!r} is not label_values(SERIES, LABEL)")
            yield variable["name"], filled(found[1], values), found[2]
