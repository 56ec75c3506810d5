"""Who may ask is asked of the API server, seldom enough."""

import pytest
from tests.unit.autoscale.reviews import Reviews, reviewed

from modelserver_operator.autoscale import access
from modelserver_operator.autoscale.access import KEPT_SECONDS, Access
from modelserver_operator.autoscale.asked import Resource
from modelserver_operator.autoscale.front_proxy import Asker
from modelserver_operator.cluster import ClusterError

METRIC = Resource("v1beta2", "team", "modelservers.modelserver.dev", "demo", "unfinished_requests")
HPA = Asker("hpa", "7", ("controllers", "system:authenticated"), (("scopes", ("a", "b")),))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_a_resource_is_asked_for_in_the_words_of_rbac() -> None:
    reviews = Reviews("hpa")
    async with reviewed(reviews) as cluster:
        assert await Access(cluster).refused(HPA, METRIC) is None
    assert reviews.asked == [
        {
            "user": "hpa",
            "uid": "7",
            "groups": ["controllers", "system:authenticated"],
            "extra": {"scopes": ["a", "b"]},
            "resourceAttributes": {
                "group": "custom.metrics.k8s.io",
                "version": "v1beta2",
                "namespace": "team",
                "resource": "modelservers.modelserver.dev",
                "subresource": "unfinished_requests",
                "name": "demo",
                "verb": "get",
            },
        }
    ]


async def test_any_other_path_is_asked_for_as_a_path() -> None:
    reviews = Reviews("hpa")
    async with reviewed(reviews) as cluster:
        assert await Access(cluster).refused(HPA, "/openapi/v2") is None
    assert reviews.asked[0]["nonResourceAttributes"] == {"path": "/openapi/v2", "verb": "get"}


async def test_a_refusal_says_who_may_not_do_what_and_why() -> None:
    async with reviewed(Reviews()) as cluster:
        refused = await Access(cluster).refused(HPA, METRIC)
    assert refused is not None
    assert 'User "hpa" cannot get resource "modelservers.modelserver.dev/unfinished_requests"' in refused
    assert 'in the namespace "team"' in refused
    assert "no rule says so" in refused


async def test_an_answer_is_kept_for_a_while_and_no_longer_yes_and_no_alike() -> None:
    reviews, clock = Reviews("hpa"), Clock()
    other = Asker("mallory")
    async with reviewed(reviews) as cluster:
        kept = Access(cluster, clock)
        for _ in range(3):
            assert await kept.refused(HPA, METRIC) is None
            assert await kept.refused(other, METRIC)
        assert len(reviews.asked) == 2
        reviews.allow = {"mallory"}
        clock.now += KEPT_SECONDS
        assert await kept.refused(HPA, METRIC)
        assert await kept.refused(other, METRIC) is None


async def test_what_one_may_says_nothing_of_another_of_its_namespaces_or_its_groups() -> None:
    reviews = Reviews("hpa")
    async with reviewed(reviews) as cluster:
        kept = Access(cluster)
        for asker, what in (
            (HPA, METRIC),
            (HPA, Resource(METRIC.version, "other", METRIC.resource, METRIC.name, METRIC.subresource)),
            (Asker(HPA.user, HPA.uid, ("controllers",), HPA.extra), METRIC),
            (Asker(HPA.user, HPA.uid, HPA.groups), METRIC),
            (HPA, "/apis"),
        ):
            assert await kept.refused(asker, what) is None
    assert len(reviews.asked) == 5


async def test_who_asks_for_ever_new_things_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "KEPT", 3)
    reviews = Reviews("hpa")
    async with reviewed(reviews) as cluster:
        kept = Access(cluster)
        for path in ("/1", "/2", "/3", "/4", "/4", "/1"):
            assert await kept.refused(HPA, path) is None
    assert [spec["nonResourceAttributes"]["path"] for spec in reviews.asked] == ["/1", "/2", "/3", "/4", "/1"]


async def test_the_api_server_itself_is_let_in_though_nobody_can_be_asked() -> None:
    reviews = Reviews()
    reviews.broken = True
    async with reviewed(reviews) as cluster:
        kept = Access(cluster)
        assert await kept.refused(Asker("system:kube-aggregator", groups=("system:masters",)), METRIC) is None
        with pytest.raises(ClusterError, match="etcd is away"):
            await kept.refused(HPA, METRIC)
        reviews.broken = False
        assert await kept.refused(HPA, METRIC), "a failure is no answer, and is not kept"
