"""What the metrics API answers to whom, asked over TLS as the API server asks it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.autoscale.served import SNI, Served, serving

from modelserver_operator.autoscale.documents import AGGREGATED
from modelserver_operator.status.load import Load

TAKEN = datetime(2026, 11, 21, 12, 0, 3, tzinfo=UTC).timestamp()
API = "/apis/custom.metrics.k8s.io"


def metric(name: str, namespace: str = "team", version: str = "v1beta2") -> str:
    return f"{API}/{version}/namespaces/{namespace}/modelservers.modelserver.dev/{name}/unfinished_requests"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    served = Served(tmp_path)
    served.loads.known = {
        ("team", "demo"): Load(12, 4, pods=3, taken=TAKEN),
        ("team", "idle"): Load(0, 4),
        ("team", "lost"): Load(None, 4, pods=2, why="none of its 2 pods answers"),
        ("other", "demo"): Load(7, 4, pods=1, taken=TAKEN),
    }
    async with serving(served):
        yield served


async def answered(served: Served, path: str, **headers: str) -> Any:
    answer = await served.get(path, headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


async def refused(served: Served, path: str, code: int, reason: str, **options: Any) -> str:
    answer = await served.get(path, **options)
    assert answer.status_code == code, answer.text
    status = answer.json()
    assert (status["kind"], status["status"], status["code"], status["reason"]) == ("Status", "Failure", code, reason)
    return str(status["message"])


async def test_a_value_says_of_what_it_is_and_when_it_was_taken(served: Served) -> None:
    described = {
        "kind": "ModelServer",
        "apiVersion": "modelserver.dev/v1alpha1",
        "namespace": "team",
        "name": "demo",
    }
    value = {"describedObject": described, "timestamp": "2026-11-21T12:00:03Z", "value": "12"}
    for version, name in (
        ("v1beta1", {"metricName": "unfinished_requests"}),
        ("v1beta2", {"metric": {"name": "unfinished_requests"}}),
    ):
        assert await answered(served, metric("demo", version=version)) == {
            "kind": "MetricValueList",
            "apiVersion": f"custom.metrics.k8s.io/{version}",
            "metadata": {},
            "items": [value | name],
        }


async def test_without_any_pod_it_is_so_now(served: Served) -> None:
    [item] = (await answered(served, metric("idle")))["items"]
    assert (item["value"], item["timestamp"]) == ("0", served.now.strftime("%Y-%m-%dT%H:%M:%SZ"))


async def test_a_list_has_those_of_its_namespace_whose_load_is_known(served: Served) -> None:
    items = (await answered(served, metric("*")))["items"]
    assert [(item["describedObject"]["name"], item["value"]) for item in items] == [("demo", "12"), ("idle", "0")]
    assert (await answered(served, metric("*", namespace="empty")))["items"] == []


async def test_two_modelservers_of_one_name_do_not_see_each_other(served: Served) -> None:
    values = [(await answered(served, metric("demo", place)))["items"][0]["value"] for place in ("team", "other")]
    assert values == ["12", "7"]


async def test_what_is_not_known_is_no_number(served: Served) -> None:
    assert "none of its 2 pods answers" in await refused(served, metric("lost"), 404, "NotFound")
    assert "team/nobody with spec.autoscaling" in await refused(served, metric("nobody"), 404, "NotFound")
    served.loads.synced = False
    for name in ("demo", "*"):
        assert "not yet listed" in await refused(served, metric(name), 404, "NotFound")


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/v1beta3/namespaces/team/modelservers.modelserver.dev/demo/unfinished_requests",
        f"{API}/v1beta2/namespaces/team/modelservers/demo/unfinished_requests",
        f"{API}/v1beta2/namespaces/team/pods/demo/unfinished_requests",
        f"{API}/v1beta2/namespaces/team/modelservers.modelserver.dev/demo/requests",
        f"{API}/v1beta2/namespaces/team/modelservers.modelserver.dev/demo",
        f"{API}/v1beta2/namespaces/team/modelservers.modelserver.dev",
        f"{API}/v1beta2/namespaces/team",
        f"{API}/v1beta2/namespaces",
        f"{API}/v1beta2/modelservers.modelserver.dev/demo/unfinished_requests",
        f"{API}/v1beta2/namespaces/team/metrics/unfinished_requests",
    ],
)
async def test_there_is_one_metric_and_no_other(served: Served, path: str) -> None:
    assert "the only metric is" in await refused(served, path, 404, "NotFound")


@pytest.mark.parametrize("path", ["/", "/apis/apps/v1", "/metrics", f"{API}/v1beta3", "/openapi/v3/apis/apps/v1"])
async def test_there_is_nothing_else(served: Served, path: str) -> None:
    assert f"nothing at {path}" in await refused(served, path, 404, "NotFound")


@pytest.mark.parametrize("name", ["demo", "*"])
@pytest.mark.parametrize("selector", ["labelSelector", "metricLabelSelector"])
async def test_selectors_are_not_supported_and_that_is_said(served: Served, name: str, selector: str) -> None:
    message = await refused(served, f"{metric(name)}?{selector}=a%3Db", 400, "BadRequest")
    assert message.startswith(f"{selector} is not supported")
    await answered(served, f"{metric(name)}?{selector}=")


async def test_who_may_not_is_told_so_and_learns_nothing(served: Served) -> None:
    for path in (metric("demo"), metric("nobody"), API, "/openapi/v2", "/nowhere"):
        message = await refused(served, path, 403, "Forbidden", user="mallory")
        assert message.startswith('User "mallory" cannot get')


async def test_while_nobody_can_be_asked_nobody_is_let_in(served: Served) -> None:
    served.reviews.broken = True
    assert "etcd is away" in await refused(served, metric("demo"), 503, "ServiceUnavailable")


async def test_nothing_can_be_changed(served: Served) -> None:
    async with served.client(served.certificate) as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await client.request(
                method, metric("demo"), headers={"X-Remote-User": "ann"}, content=b"x" * 100_000, extensions=SNI
            )
            assert answer.status_code == 405, answer.text
            assert answer.json()["reason"] == "MethodNotAllowed"


async def test_the_path_is_what_rbac_is_asked_about_whatever_its_escapes(served: Served) -> None:
    escaped = metric("demo").replace("/team/", "%2Fteam%2F")
    assert (await answered(served, escaped))["items"]
    attributes = served.reviews.asked[-1]["resourceAttributes"]
    assert (attributes["namespace"], attributes["name"]) == ("team", "demo")


async def test_discovery_names_both_versions_and_prefers_the_newer(served: Served) -> None:
    group = await answered(served, API)
    assert group["preferredVersion"]["version"] == "v1beta2"
    assert [each["groupVersion"] for each in group["versions"]] == [
        "custom.metrics.k8s.io/v1beta2",
        "custom.metrics.k8s.io/v1beta1",
    ]
    assert (await answered(served, "/apis"))["groups"][0]["name"] == "custom.metrics.k8s.io"
    for version in ("v1beta1", "v1beta2"):
        [resource] = (await answered(served, f"{API}/{version}"))["resources"]
        assert resource["name"] == "modelservers.modelserver.dev/unfinished_requests"


async def test_all_of_it_is_to_be_had_at_once_and_only_for_who_asks_so(served: Served) -> None:
    answer = await served.get("/apis", {"Accept": f"application/json;g=x;v=v2;as=Y, {AGGREGATED}"})
    assert answer.headers["Content-Type"] == AGGREGATED
    assert answer.json()["kind"] == "APIGroupDiscoveryList"
    older = AGGREGATED.replace("v=v2", "v=v2beta1")
    assert (await answered(served, "/apis", Accept=f"{older},application/json"))["kind"] == "APIGroupList"


async def test_who_takes_no_json_gets_nothing(served: Served) -> None:
    protobuf = "application/vnd.kubernetes.protobuf"
    for path in ("/apis", "/openapi/v2", "/openapi/v3"):
        await refused(served, path, 406, "NotAcceptable", headers={"Accept": protobuf})
        await answered(served, path, Accept=f"{protobuf}, */*;q=0.1")


@pytest.mark.parametrize("path", ["/apis", "/openapi/v2", "/openapi/v3", f"/openapi/v3{API}/v1beta1"])
async def test_who_has_a_document_is_not_sent_it_again(served: Served, path: str) -> None:
    tag = (await served.get(path)).headers["ETag"]
    again = await served.get(path, {"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (await served.get(path, {"If-None-Match": '"other"'})).status_code == 200
