"""What a share of failures is a share of, in rules and dashboards alike."""

import re

import pytest
from tests.monitoring.sources import Question
from tests.unit.monitoring.full import questions

SHARES = [each for each in questions() if " / " in each.expr.replace("\n", " ") and 'outcome="failed"' in each.expr]


def test_there_are_some_in_rules_and_in_dashboards() -> None:
    kinds = {each.where.split(" ")[0] for each in SHARES}
    assert kinds == {"alert", "dashboard"}


@pytest.mark.parametrize("question", SHARES, ids=lambda each: each.where)
def test_what_was_refused_makes_no_failure_a_smaller_share(question: Question) -> None:
    outcomes = re.findall(r'modelserver_requests_total\{[^}]*?outcome(!?="\w+")?\}', question.expr)
    selected = question.expr.count("modelserver_requests_total{")
    assert len(outcomes) == selected
    assert set(outcomes) == {'="failed"', '!="refused"'}
