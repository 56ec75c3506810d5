"""What the API server trusts, and what it does not lead to us: certificates, bundles and other servers' APIServices."""

import base64
import os
import signal
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from tests.autoscaling.scaled import TARGET, Scaled
from tests.autoscaling.site import API_SERVICES, SERVICE, Site
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import MetricsApi, Operator
from tests.controlplane.rights import events
from tools.devcluster.cluster import Cluster

OPERATOR = f"system:serviceaccount:{RELEASE_NAMESPACE}:modelserver"


@pytest.fixture
def own(site: Site, tmp_path: Path) -> Iterator[Operator]:
    """An operator that the test may stop, and that serves the metric."""
    with site.at_work(site.operator(tmp_path / "own.log", discovery_seconds=1.0)) as operator:
        yield operator


def bundle(kube: Kube, name: str) -> list[x509.Certificate]:
    """The authorities that an APIService trusts."""
    pem = base64.b64decode(kube.read("APIService", name)["spec"].get("caBundle", ""))
    return x509.load_pem_x509_certificates(pem) if pem else []


def set_spec(kube: Kube, name: str, **spec: object) -> None:
    kube.patch("APIService", name, None, {"spec": spec})


def looks(operator: Operator) -> float:
    """How often it has asked the API server for anything."""
    return sum(
        value for name, value in operator.metrics().items() if "api_requests_total" in name and 'verb="GET"' in name
    )


def shown(site: Site, operator: Operator) -> x509.Certificate:
    """The certificate that a new connection to the operator is shown."""
    assert operator.metrics_api is not None
    pem = ssl.get_server_certificate((site.gateway, operator.metrics_api.port), timeout=20)
    return x509.load_pem_x509_certificate(pem.encode())


def test_a_bundle_that_others_overwrite_is_healed(kube: Kube, site: Site, own: Operator) -> None:
    trusted = {name: bundle(kube, name)[-1] for name in API_SERVICES}
    for name in API_SERVICES:
        set_spec(kube, name, caBundle=None)
    for name, authority in trusted.items():
        eventually(partial(_trusts, kube, name, authority), f"{name} trusts it again")
    eventually(site.is_served, "the API server trusts it")


def _trusts(kube: Kube, name: str, authority: x509.Certificate) -> bool:
    return bundle(kube, name) == [authority]


def test_nothing_is_written_while_nothing_is_to_be_done(kube: Kube, cluster: Cluster, own: Operator) -> None:
    begin, before = cluster.audit_log.stat().st_size, looks(own)
    eventually(lambda: looks(own) >= before + 6, "it has looked again and again")
    written = [
        each["requestURI"]
        for each in events(cluster.audit_log, OPERATOR, since=begin)
        if each.get("objectRef", {}).get("resource") == "apiservices" and each["verb"] != "get"
    ]
    assert written == []


def test_one_that_ran_out_while_the_operator_stood_still(demo: Scaled, site: Site, tmp_path: Path) -> None:
    operator = site.operator(tmp_path / "short.log")
    assert operator.metrics_api is not None
    operator.metrics_api = MetricsApi(operator.metrics_api.port, SERVICE, certificate_seconds=2)
    with site.at_work(operator):
        demo.played.queue = TARGET
        demo.asks()
        eventually(lambda: site.metric(demo.world.namespace, "demo") == TARGET, "the load is served")
        last = shown(site, operator)
        os.kill(operator.pid, signal.SIGSTOP)
        eventually(lambda: datetime.now(UTC) > last.not_valid_after_utc, "its certificate runs out")
        os.kill(operator.pid, signal.SIGCONT)
        assert shown(site, operator).not_valid_after_utc > datetime.now(UTC)
        eventually(lambda: site.metric(demo.world.namespace, "demo") == TARGET, "the load is served again")


def test_two_replicas_are_trusted_side_by_side(
    demo: Scaled, kube: Kube, site: Site, own: Operator, tmp_path: Path
) -> None:
    demo.played.queue = TARGET
    demo.asks()
    first = bundle(kube, API_SERVICES[0])[-1]
    other = site.operator(tmp_path / "other.log")
    with site.reached(other), other.at_work():
        eventually(lambda: bundle(kube, API_SERVICES[0])[-1] != first, "the other's authority is added")
        eventually(lambda: bundle(kube, API_SERVICES[1])[-1] == bundle(kube, API_SERVICES[0])[-1], "to both")
        assert first in bundle(kube, API_SERVICES[0])
        second = bundle(kube, API_SERVICES[0])[-1]
        for operator, authority in ((own, first), (other, second)):
            shown(site, operator).verify_directly_issued_by(authority)
        # Every request goes to either of them.
        eventually(lambda: _all_answer(demo, site), "both answer")


def _all_answer(demo: Scaled, site: Site) -> bool:
    return {site.metric(demo.world.namespace, "demo") for _ in range(20)} == {TARGET}


def test_one_version_that_becomes_anothers_turns_it_off_and_is_left_alone(
    demo: Scaled, kube: Kube, site: Site, own: Operator
) -> None:
    """As if another product's adapter had been installed over it."""
    demo.asks(metricsSource="BuiltIn")
    demo.world.wait_for("demo", "ScalingActive", "True")
    ours = kube.read("APIService", API_SERVICES[0])["spec"]["service"]
    foreign = {"namespace": "default", "name": "adapter", "port": 443}
    set_spec(kube, API_SERVICES[0], service=foreign, caBundle=None)
    try:
        told = demo.world.wait_for("demo", "ScalingActive", "False", "MetricsNotServed")
        assert "default/adapter" in told["message"], told
        set_spec(kube, API_SERVICES[1], caBundle=None)  # ours, and still not to be touched
        before = looks(own)
        eventually(lambda: looks(own) >= before + 6, "it has looked again and again")
        assert [bundle(kube, name) for name in API_SERVICES] == [[], []]
    finally:
        set_spec(kube, API_SERVICES[0], service=ours)
    for name in API_SERVICES:
        eventually(partial(bundle, kube, name), f"{name} is looked after again")
    eventually(site.is_served, "both versions are served again")
    demo.world.wait_for("demo", "ScalingActive", "True")


def test_a_namespace_waits_for_the_operator_and_no_longer(kube: Kube, site: Site, own: Operator) -> None:
    """Kubernetes deletes what is in it, and then wants to know that no API has anything more of it."""
    name = "waits-for-metrics"
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    os.kill(own.pid, signal.SIGSTOP)
    try:
        eventually(lambda: not site.is_served(), "the API server misses it")
        kube.delete("Namespace", name)
        eventually(lambda: _waits(kube.read("Namespace", name)), "the namespace waits")
    finally:
        os.kill(own.pid, signal.SIGCONT)
    eventually(lambda: kube.get("Namespace", name) is None, "the namespace is gone", seconds=180)


def _waits(namespace: Manifest) -> bool:
    conditions = {each["type"]: each for each in namespace["status"].get("conditions", [])}
    failure = conditions.get("NamespaceDeletionDiscoveryFailure", {})
    return failure.get("status") == "True" and "custom.metrics.k8s.io" in failure["message"]
