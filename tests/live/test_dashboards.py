"""Every query of every dashboard, asked of the site's Prometheus with what one can choose there: it has an answer.

What only has data in trouble had it in this site: `troubled` sees to that.
"""

import json
import math
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest
from charts.dashboards.every import DASHBOARDS
from charts.dashboards.filled import Question, choices, marks, places, questions
from tests.live import servers
from tests.live.site import SECONDS, Site
from tests.waiting import until
from tools.demo import release

# As Grafana fills them in where all is scraped each second; what has happened is looked back for so far.
FILLED = {"interval": "1s", "__rate_interval": "15s", "__range": "15m"}
BACK = "[15m:5s]"
PLACES = places(servers.TEAM, servers.DEMO, release.NAMESPACE)
# What is empty of a server that is well, and which one has the trouble: LOST has no volume and never starts, so that an
# alert waits; BUSY is asked by more than it takes. For the operator's alert somebody fights over a Deployment's field.
TROUBLES = {
    ("server", "Alerts"): (servers.FLEET, servers.LOST),
    ("server", "Refusals, by reason"): (servers.FLEET, servers.BUSY),
}
ASKED_AS = (servers.DEMO, "team/demo", "demo-cheerful", "demo-gloomy")
MANY = 12  # two run, two wait
CONTESTED = "max(modelserver_operator_contested) > 0"


@pytest.fixture(scope="module")
def troubled(site: Site) -> Site:
    """The site after some requests, some refusals and a quarrel."""
    with ThreadPoolExecutor(MANY) as pool:
        answered = [*pool.map(lambda name: ask(site, servers.DEMO, name), ASKED_AS)]
        assert answered == [200] * len(ASKED_AS)
        until(lambda: 429 in crowd(site, pool), SECONDS, "a crowd is too many")
    until(lambda: quarrel(site), SECONDS, "the operator lets the field be")
    return site


def crowd(site: Site, pool: ThreadPoolExecutor) -> list[int]:
    """What each is answered of more at once than the server has places for, if they come at once."""
    return [*pool.map(lambda _: ask(site, servers.BUSY, servers.BUSY), range(MANY))]


def ask(site: Site, server: str, model: str) -> int:
    """The status of a stream that has been read to its end."""
    body = {"model": model, "max_tokens": 12, "stream": True, "messages": [{"role": "user", "content": "Hello " * 40}]}
    address = f"{site.url(server)}/v1/chat/completions"
    with httpx.stream("POST", address, json=body, timeout=SECONDS, trust_env=False) as answer:
        answer.read()
        return answer.status_code


def quarrel(site: Site) -> bool:
    """Change a field that the operator puts back, unless it has given it up."""
    patch = json.dumps({"spec": {"revisionHistoryLimit": 7}})
    where = ("--namespace", servers.FLEET, "--field-manager", "tuner", "--type", "merge", "--patch", patch)
    site.kubectl.run("patch", "deployment", servers.LOST, *where)
    return bool(site.prometheus.query(CONTESTED))


def made(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARDS[name]())
    return found


def values(name: str, title: str = "") -> dict[str, str]:
    """What the variables are, for a panel that needs a certain server."""
    place = dict(PLACES[name])
    if trouble := TROUBLES.get((name, title)):
        place = dict(zip(("namespace", "modelserver"), trouble, strict=True))
    return {**FILLED, **place}


def asked(name: str) -> Iterator[Question]:
    """The dashboard's queries, each with the values that its panel needs."""
    for question in questions(made(name), values(name)):
        again = questions(made(name), values(name, question.panel))
        yield next(each for each in again if (each.number, each.letter) == (question.number, question.letter))


def numbers(site: Site, expr: str) -> list[float]:
    """What a query has said at any time."""
    result = site.prometheus.query(f"max_over_time(({expr}){BACK})")
    return [number for each in result if math.isfinite(number := float(each["value"][1]))]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_query_of_every_panel_has_an_answer(troubled: Site, name: str) -> None:
    for question in asked(name):
        where = f"{name}, {question.panel}: {question.expr}"
        until(partial(numbers, troubled, question.expr), SECONDS, where)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_variable_offers_what_is_there(site: Site, name: str) -> None:
    for variable, selector, label in choices(made(name), values(name)):
        until(partial(offers, site, selector, label, PLACES[name][variable]), SECONDS, variable)


def offers(site: Site, selector: str, label: str, wanted: str) -> bool:
    """Whether one can choose what matches."""
    return any(re.fullmatch(wanted, series.get(label, "")) for series in site.prometheus.series(selector))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_marks_are_queries_that_prometheus_takes(site: Site, name: str) -> None:
    for expr in marks(made(name), values(name)):
        site.prometheus.query(expr)
