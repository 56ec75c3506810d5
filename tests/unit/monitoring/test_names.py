"""What is read off an expression: its selectors, and the labels that have to be there for it to mean anything."""

import pytest
from tests.monitoring.names import LostLabelError, Matcher, Need, Recorded, needs


def told(expr: str, *wanted: str, recorded: dict[str, Recorded] | None = None) -> list[tuple[str, str]]:
    """Metric and labels, in the order in which they are met."""
    return [(need.metric, " ".join(sorted(need.labels))) for need in needs(expr, wanted, recorded)]


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ("up", [("up", "")]),
        ("vllm:num_requests_waiting[5m]", [("vllm:num_requests_waiting", "")]),
        ('{__name__=~"up|down"}', [("up", ""), ("down", "")]),
        ("sum by (a, b) (rate(x[5m]))", [("x", "a b")]),
        ("sum without (a) (x)", [("x", "")]),
        ("histogram_quantile(0.9, sum by (le, model) (rate(x_bucket[5m])))", [("x_bucket", "le model")]),
        ("a / on (n, m) b > 0", [("a", "m n"), ("b", "m n")]),
        ("a * ignoring (z) group_left (v) b", [("a", ""), ("b", "v")]),
        ("a * on (n) group_right (v) b", [("a", "n v"), ("b", "n")]),
        ("a and on (n) max by (n) (b)", [("a", "n"), ("b", "n")]),
        ("a unless on (n) (b == 0)", [("a", "n"), ("b", "n")]),
        ("sum(a) or vector(0)", [("a", "")]),
        ("max_over_time((a > 0)[5m:1m])", [("a", "")]),
        ("-(a offset 5m)", [("a", "")]),
        ("time() - max(a)", [("a", "")]),
        ('count_values("v", a)', [("a", "")]),
    ],
)
def test_every_selector_is_found_with_the_labels_around_it(expr: str, found: list[tuple[str, str]]) -> None:
    assert told(expr) == found


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ("topk by (n) (3, a)", [("a", "n v")]),
        ('label_replace(a, "v", "$1", "source", "(.*)")', [("a", "source")]),
        ('label_join(a, "v", "-", "one", "two")', [("a", "one two")]),
        ('count_values("v", a)', [("a", "")]),
        ('absent(a{v="1"})', [("a", "")]),
        ("sum without (n) (a)", [("a", "v")]),
        ("a unless on (n) b", [("a", "n v"), ("b", "n")]),
        ("a * on (n) group_left () b", [("a", "n v"), ("b", "n")]),
        ("a * on (n) group_left (v) b", [("a", "n"), ("b", "n v")]),
        ("a > on (v) b", [("a", "v"), ("b", "v")]),
        ("a > 3", [("a", "v")]),
    ],
)
def test_labels_that_the_answer_is_used_with_are_followed_to_where_they_come_from(
    expr: str, found: list[tuple[str, str]]
) -> None:
    assert told(expr, "v") == found


@pytest.mark.parametrize(
    "expr",
    [
        "sum(a)",
        "sum by (n) (a)",
        "sum without (v) (a)",
        "a > on (n) b",
        "absent(a)",
        'absent(a{v=~"1|2"})',
        "sum by (v) (max by (n) (a))",
    ],
)
def test_a_label_that_does_not_come_through_is_told(expr: str) -> None:
    with pytest.raises(LostLabelError, match="the label v is used, and does not come through"):
        needs(expr, ["v"])


def test_matchers_are_told_whether_they_want_a_value() -> None:
    (need,) = needs('a{x="1", y=~"a|b", z!="", w!~"c", v=""}')

    assert need == Need(
        "a",
        (
            Matcher("v", "=", ""),
            Matcher("w", "!~", "c"),
            Matcher("x", "=", "1"),
            Matcher("y", "=~", "a|b"),
            Matcher("z", "!=", ""),
        ),
        frozenset(),
    )
    assert [each.label for each in need.matchers if each.selects] == ["x", "y"]


def test_a_recorded_name_stands_for_its_expression() -> None:
    rules = {"of:all": Recorded("sum by (n) (rate(a[5m]))", frozenset({"team"})), "of:half": Recorded("of:all / 2")}

    assert told('of:half{team="x"} > 3', "n", recorded=rules) == [("a", "n")]
    with pytest.raises(LostLabelError):
        needs("of:all", ["pod"], rules)
