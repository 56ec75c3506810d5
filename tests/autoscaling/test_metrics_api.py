"""custom.metrics.k8s.io as the cluster's own tools see it, served by an operator through the real API server."""

import base64
import json
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.autoscaling.scaled import TARGET, Scaled
from tests.autoscaling.site import API_SERVICES, Site
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import Operator
from tools.devcluster.cluster import Cluster

API = "/apis/custom.metrics.k8s.io"
GROUP = "custom.metrics.k8s.io"
RESOURCE, METRIC = "modelservers.modelserver.dev", "unfinished_requests"
RBAC = "rbac.authorization.k8s.io"
QUEUE = TARGET + 2

pytestmark = pytest.mark.usefixtures("operator")


def metric(namespace: str, name: str, version: str = "v1beta2") -> str:
    return f"{API}/{version}/namespaces/{namespace}/{RESOURCE}/{name}/{METRIC}"


@pytest.fixture
def served(demo: Scaled, site: Site) -> Scaled:
    """`demo`, whose load is served."""
    demo.played.queue = QUEUE
    demo.asks(maxReplicas=1)
    eventually(lambda: site.metric(demo.world.namespace, "demo") == QUEUE, "the load is served")
    return demo


@pytest.fixture
def raw(cluster: Cluster) -> Callable[[str], Any]:
    """kubectl get --raw."""

    def get(path: str) -> Any:
        return json.loads(cluster.kubectl("get", "--raw", path))

    return get


def test_kubectl_reads_both_versions(served: Scaled, raw: Callable[[str], Any]) -> None:
    namespace = served.world.namespace
    for version in ("v1beta1", "v1beta2"):
        answer = raw(metric(namespace, "demo", version))
        [value] = answer["items"]
        assert (answer["apiVersion"], value["value"]) == (f"{GROUP}/{version}", str(QUEUE))
        assert value["describedObject"]["kind"] == "ModelServer"
        assert raw(metric(namespace, "*", version))["items"][0]["describedObject"]["name"] == "demo"
        assert raw(metric("default", "*", version))["items"] == []


def test_what_is_not_known_is_an_error_and_no_number(served: Scaled, kube: Kube) -> None:
    refused = kube.raw("GET", metric(served.world.namespace, "nobody"))
    assert (refused.status_code, refused.json()["reason"]) == (404, "NotFound")
    served.asks(scaled=False)
    eventually(
        lambda: kube.raw("GET", metric(served.world.namespace, "demo")).status_code == 404, "it is scaled no longer"
    )


def test_discovery_knows_both_versions_and_the_metric(cluster: Cluster, raw: Callable[[str], Any]) -> None:
    assert {f"{GROUP}/v1beta1", f"{GROUP}/v1beta2"} <= set(cluster.kubectl("api-versions").split())
    group = raw(API)
    assert group["preferredVersion"]["version"] == "v1beta2"
    for version in ("v1beta1", "v1beta2"):
        [resource] = raw(f"{API}/{version}")["resources"]
        assert resource["name"] == f"{RESOURCE}/{METRIC}"


def test_aggregated_discovery_has_it_from_us(kube: Kube) -> None:
    """What controllers and kubectl ask for first; what is not fresh holds up the deletion of namespaces."""
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    def versions() -> list[Manifest]:
        groups = kube.raw("GET", "/apis", headers={"Accept": accept}).json()["items"]
        ours = [each for each in groups if each["metadata"]["name"] == GROUP]
        found = ours[0]["versions"] if ours else []
        return found if all(each["freshness"] == "Current" for each in found) else []

    found = eventually(versions, "discovery is fresh")
    assert [each["version"] for each in found] == ["v1beta2", "v1beta1"]
    for each in found:
        [resource] = each["resources"]
        assert resource["resource"] == RESOURCE
        assert [each["subresource"] for each in resource["subresources"]] == [METRIC]


def test_kubectl_still_means_modelservers_by_their_names(served: Scaled, cluster: Cluster) -> None:
    """The metric's resource has a name that begins with theirs."""
    for name in ("modelservers", "modelserver", "ms", "modelservers.modelserver.dev"):
        assert cluster.kubectl("get", name, "-n", served.world.namespace, "-o", "name").split() == [
            "modelserver.modelserver.dev/demo"
        ]
    assert "modelserver.dev" in cluster.kubectl("explain", "modelservers")


def test_the_api_server_takes_our_openapi_without_a_word(
    site: Site, kube: Kube, cluster: Cluster, raw: Callable[[str], Any]
) -> None:
    log = cluster.log("kube-apiserver")
    for name in API_SERVICES:  # a change of an APIService has its OpenAPI fetched anew
        kube.patch("APIService", name, None, {"metadata": {"annotations": {"tests/touched": "yes"}}})
    eventually(site.is_served, "both versions are served")
    begin = log.stat().st_size
    for version in ("v1beta1", "v1beta2"):
        [path] = [each for each in raw(f"/openapi/v3{API}/{version}")["paths"] if METRIC in each]
        assert path.startswith(f"{API}/{version}/")
    eventually(lambda: len([each for each in raw("/openapi/v2")["paths"] if METRIC in each]) == 2, "both are merged in")
    assert {"v1beta1", "v1beta2"} <= {path.rpartition("/")[2] for path in raw("/openapi/v3")["paths"] if GROUP in path}
    assert complaints(log.read_bytes()[begin:].decode()) == []


def complaints(log: str) -> list[str]:
    """What the API server says of our documents; that it did not reach us in time, or at all, is not about them."""
    said = [line for line in log.splitlines() if GROUP in line and "openapi" in line.lower() and line[:1] in "EW"]
    return [line for line in said if not any(word in line.lower() for word in ("503", "timeout", "deadline"))]


def test_whoever_has_no_right_is_refused_and_a_role_for_the_metric_is_enough(
    served: Scaled, kube: Kube, asking: Callable[[str], httpx.Client]
) -> None:
    """By the API server, and by the operator itself, which does not rely on that."""
    namespace = served.world.namespace
    headers = {"Impersonate-User": "stranger"}

    def answers(place: str) -> list[int]:
        told = kube.raw("GET", metric(place, "demo"), headers=headers), asked.get(metric(place, "demo"))
        return [each.status_code for each in told]

    with asking("front-proxy-client") as asked:
        assert answers(namespace) == [403, 403]
        _allow(kube, namespace, "stranger")
        eventually(lambda: answers(namespace) == [200, 200], "the role counts")
        assert answers("default") == [403, 403]


def test_nobody_gets_past_the_api_server(served: Scaled, asking: Callable[[str], httpx.Client]) -> None:
    """At the operator's own address, headers are worth nothing, and neither is an administrator's certificate."""
    path, headers = metric(served.world.namespace, "demo"), {"X-Remote-Group": "system:masters"}
    with asking("") as client:
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (401, "Unauthorized")
    with asking("admin") as client, pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        client.get(path, headers=headers)


@pytest.fixture
def asking(site: Site, operator: Operator, kube: Kube) -> Callable[[str], httpx.Client]:
    """Asks the operator itself, with a certificate of the cluster's, and says to be the user `stranger`."""
    assert operator.metrics_api is not None
    bundle = base64.b64decode(kube.read("APIService", API_SERVICES[0])["spec"]["caBundle"]).decode()
    url = f"https://{site.gateway}:{operator.metrics_api.port}"

    def client(certificate: str) -> httpx.Client:
        context = ssl.create_default_context(cadata=bundle)
        context.check_hostname = False  # it is for the Service's name
        if certificate:
            context.load_cert_chain(
                site.admin.with_name(f"{certificate}.crt"), site.admin.with_name(f"{certificate}.key")
            )
        return httpx.Client(verify=context, base_url=url, headers={"X-Remote-User": "stranger"}, timeout=20)

    return client


def _allow(kube: Kube, namespace: str, name: str) -> None:
    """As a user's own Role would."""
    metadata = {"name": "reads-load", "namespace": namespace}
    rule = {"apiGroups": [GROUP], "resources": [f"{RESOURCE}/{METRIC}"], "verbs": ["get"]}
    kube.apply({"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]})
    subject = {"kind": "User", "apiGroup": RBAC, "name": name}
    reference = {"apiGroup": RBAC, "kind": "Role", "name": "reads-load"}
    binding = {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": metadata, "roleRef": reference}
    kube.apply(binding | {"subjects": [subject]})
