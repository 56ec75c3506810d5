"""What can be claimed on the command line, and what is said where it cannot."""

from __future__ import annotations

import pytest

from modelserver_operator.cli.loadtest.wanted.claims import ClaimError, check, parse


@pytest.mark.parametrize(
    ("text", "parts", "bound"),
    [
        ("e2e.p95<1s", ("", "e2e", "p95", "s"), 1.0),
        ("short.ttft.p50 <= 300ms", ("short", "ttft", "p50", "s"), 0.3),
        ("itl.p99.9<1.5min", ("", "itl", "p99.9", "s"), 90.0),
        ("my-own.e2e.max<2s", ("my-own", "e2e", "max", "s"), 2.0),
        ("errors<0.1%", ("", "errors", "", "%"), 0.001),
        ("refusals<=3", ("", "refusals", "", ""), 3.0),
        ("rps>=20", ("", "rps", "", ""), 20.0),
        ("long.tokens>500/s", ("long", "tokens", "", ""), 500.0),
        ("goodput>=95%", ("", "goodput", "", "%"), 0.95),
        ("goodput>20/s", ("", "goodput", "", ""), 20.0),
    ],
)
def test_a_claim_is_read(text: str, parts: tuple[str, ...], bound: float) -> None:
    claim = parse(text)
    assert (claim.scenario, claim.metric, claim.statistic, claim.unit) == parts
    assert claim.bound == pytest.approx(bound)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fast", "not of the form"),
        ("e2e.p95=1s", "not of the form"),
        ("e2e.p95<-1s", "not of the form"),
        ("latency<1s", "'latency' is no metric: allowed are ttft, itl, e2e, errors"),
        ("short.speed<1s", "'speed' is no metric"),
        ("e2e<1s", "e2e needs one of p1 to p99"),
        ("e2e.p101<1s", "e2e needs one of p1 to p99"),
        ("e2e.p95<1", "e2e is a time: give 1 a unit, one of ms, s, min"),
        ("errors.p95<1%", "errors has no 'p95'"),
        ("errors<1s", "'s' is no unit of it; allowed are % (a share) and none"),
        ("errors<101%", "a share is at most 100 %"),
        ("rps>20%", "'%' is no unit of it; allowed is /s"),
    ],
)
def test_what_is_no_claim_is_told_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(ClaimError) as error:
        parse(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("medium.e2e.p95<1s", "no scenario 'medium' in this run; there are: short"),
        ("ttft.p95<1s", "only streams have a ttft"),
        ("goodput>95%", "give one, such as"),
    ],
)
def test_a_claim_about_what_the_run_will_not_have_is_refused_before_it(text: str, said: str) -> None:
    with pytest.raises(ClaimError) as error:
        check([parse(text)], ["short"], streamed=False, has_objectives=False)
    assert said in str(error.value)


def test_bounds_themselves_belong_where_the_sign_says() -> None:
    assert not parse("rps<20").holds(20.0)
    assert parse("rps<=20").holds(20.0)
    assert not parse("rps>20").holds(20.0)
    assert parse("rps>=20").holds(20.0)
