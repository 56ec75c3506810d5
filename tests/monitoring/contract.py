"""Whether series are there as they are asked for: pure, over the labels of all series that there are."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from tests.monitoring.names import Matcher, Need

from modelserver_operator.api.conditions import ConditionType, Reason

Series = Mapping[str, str]  # its labels, `__name__` among them

# Values that there are no series of while nothing is wrong, from where the code has them.
KNOWN: dict[tuple[str, str], Collection[str]] = {
    ("modelserver_condition", "type"): [str(each) for each in ConditionType],
    ("modelserver_condition", "reason"): [str(each) for each in Reason],
    ("modelserver_operator_api_requests_total", "code"): ["0", *(str(code) for code in range(200, 600))],
    **{
        (name, "alertname"): ["ModelServerDown", "ModelServerOperatorAbsent"] for name in ("ALERTS", "ALERTS_FOR_STATE")
    },
    ("ALERTS", "alertstate"): ["pending", "firing"],
}


def unmet(wanted: Iterable[Need], there: Iterable[Series]) -> list[str]:
    """A sentence for each need that is not met; none: the contract holds."""
    by_name: dict[str, list[Series]] = {}
    for series in there:
        by_name.setdefault(series["__name__"], []).append(series)
    return [sentence for need in wanted for sentence in _complaints(need, by_name.get(need.metric, []))]


def _complaints(need: Need, found: list[Series]) -> Iterator[str]:
    if not found:
        yield f"there is no metric {need.metric}: {need}"
        return
    missing = sorted(label for label in _labels(need) if not any(series.get(label) for series in found))
    if missing:
        yield f"no series of {need.metric} has the label {', '.join(missing)}: {need}"
    elif not any(_selected(need, series) for series in found):
        yield f"no series of {need.metric} is selected: {need}"


def _labels(need: Need) -> set[str]:
    return {*need.labels, *(each.label for each in need.matchers if each.selects)}


def _selected(need: Need, series: Series) -> bool:
    """With the labels, and matched; a value that only trouble brings has to be one that the code knows."""
    return all(series.get(label) for label in need.labels) and all(
        _matches(each, series.get(each.label, "")) or _could_match(need.metric, each) for each in need.matchers
    )


def _could_match(metric: str, matcher: Matcher) -> bool:
    return any(_matches(matcher, value) for value in KNOWN.get((metric, matcher.label), ()))


def _matches(matcher: Matcher, value: str) -> bool:
    by_pattern = matcher.operator.endswith("~")
    same = bool(re.fullmatch(matcher.value, value)) if by_pattern else matcher.value == value
    return same != matcher.operator.startswith("!")
