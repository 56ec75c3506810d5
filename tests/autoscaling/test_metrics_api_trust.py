"""What the API server trusts, and what it does not lead to us: certificates, bundles and other servers' APIServices."""

import base64
from functools import partial
from pathlib import Path

from cryptography import x509
from tests.autoscaling.scaled import TARGET, Scaled
from tests.autoscaling.site import API_SERVICES, Site
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.process import Operator
from tests.controlplane.rights import events
from tools.devcluster.cluster import Cluster

OPERATOR = f"system:serviceaccount:{RELEASE_NAMESPACE}:modelserver"


def bundle(kube: Kube, name: str) -> list[x509.Certificate]:
    """The authorities that an APIService trusts."""
    pem = base64.b64decode(kube.read("APIService", name)["spec"].get("caBundle", ""))
    return x509.load_pem_x509_certificates(pem) if pem else []


def set_spec(kube: Kube, name: str, **spec: object) -> None:
    kube.patch("APIService", name, None, {"spec": spec})


def asked(cluster: Cluster, since: int) -> list[str]:
    """What the operator has asked of APIServices, in verbs, since the audit log had this size."""
    found = events(cluster.audit_log, OPERATOR, since=since)
    return [each["verb"] for each in found if each.get("objectRef", {}).get("resource") == "apiservices"]


def only_looks(cluster: Cluster) -> bool:
    """Wait until it has looked at both three times, and whether it has done no more."""
    begin = cluster.audit_log.stat().st_size
    eventually(lambda: len(asked(cluster, begin)) >= 6, "it has looked again and again")
    return set(asked(cluster, begin)) == {"get"}


def test_a_bundle_that_others_overwrite_is_healed(kube: Kube, site: Site, operator: Operator) -> None:
    trusted = {name: bundle(kube, name)[-1] for name in API_SERVICES}
    for name in API_SERVICES:
        set_spec(kube, name, caBundle=None)
    for name, authority in trusted.items():
        eventually(partial(_trusts, kube, name, authority), f"{name} trusts it again")
    eventually(site.is_served, "the API server trusts it")


def _trusts(kube: Kube, name: str, authority: x509.Certificate) -> bool:
    return bundle(kube, name) == [authority]


def test_nothing_is_written_while_nothing_is_to_be_done(cluster: Cluster, operator: Operator) -> None:
    assert only_looks(cluster)


def test_two_replicas_are_trusted_side_by_side(
    demo: Scaled, kube: Kube, site: Site, operator: Operator, tmp_path: Path
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
        for replica, authority in ((operator, first), (other, second)):
            site.shown(replica).verify_directly_issued_by(authority)
        # Every request goes to either of them.
        eventually(lambda: _all_answer(demo, site), "both answer")


def _all_answer(demo: Scaled, site: Site) -> bool:
    return {site.metric(demo.world.namespace, "demo") for _ in range(20)} == {TARGET}


def test_one_version_that_becomes_anothers_turns_it_off_and_is_left_alone(
    demo: Scaled, kube: Kube, site: Site, cluster: Cluster, operator: Operator
) -> None:
    """As if another product's adapter had been installed over it."""
    demo.asks(metricsSource="BuiltIn")
    demo.world.wait_for("demo", "ScalingActive", "True")
    ours = kube.read("APIService", API_SERVICES[0])["spec"]["service"]
    foreign = {"namespace": "default", "name": "adapter", "port": 443}
    set_spec(kube, API_SERVICES[0], service=foreign, caBundle=None)
    try:
        eventually(lambda: "foreign (default/adapter)" in operator.said(), "the operator has seen it")
        set_spec(kube, API_SERVICES[1], caBundle=None)  # ours, by which scalers read still, and not to be touched now
        told = demo.world.wait_for("demo", "ScalingActive", "False", "MetricsNotServed")
        assert "default/adapter" in told["message"], told
        assert only_looks(cluster)
        assert [bundle(kube, name) for name in API_SERVICES] == [[], []]
    finally:
        set_spec(kube, API_SERVICES[0], service=ours)
    for name in API_SERVICES:
        eventually(partial(bundle, kube, name), f"{name} is looked after again")
    eventually(site.is_served, "both versions are served again")
    demo.world.wait_for("demo", "ScalingActive", "True")
