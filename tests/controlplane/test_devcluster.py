"""The development cluster with kwok's nodes: control planes that come, live side by side, and go without a trace."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tools.devcluster.binaries import build
from tools.devcluster.cluster import Cluster
from tools.devcluster.errors import BuildError, DevclusterError, MachineError, UnknownClusterError
from tools.devcluster.machine import require
from tools.devcluster.places import clusters
from tools.devcluster.processes import wait_for

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def first() -> Iterator[Cluster]:
    yield from running("test-devcluster-1")


@pytest.fixture(scope="module")
def second() -> Iterator[Cluster]:
    yield from running("test-devcluster-2")


def running(name: str) -> Iterator[Cluster]:
    cluster = Cluster(name)
    cluster.down()
    cluster.up(nodes="kwok")
    yield cluster
    cluster.down()


def pod(name: str, namespace: str = "default", **container: object) -> str:
    containers = [{"name": "c", "image": "example.org/none:1"} | container]
    metadata = {"name": name, "namespace": namespace}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}})


def traces(cluster: Cluster) -> list[str]:
    """Processes, links and routes of a cluster that are still on this machine."""
    return [line for line in _contents("/proc", "[0-9]*/cmdline") if f"clusters/{cluster.name}/" in line]


def links() -> set[str]:
    """The numbers of this machine's network links; none is used twice, whereas a cluster's addresses are."""
    return set(_contents("/sys/class/net", "*/ifindex"))


def _contents(folder: str, pattern: str) -> Iterator[str]:
    """Of these files of the kernel; processes and links of others go while one looks."""
    for path in Path(folder).glob(pattern):
        with suppress(OSError):
            yield path.read_text(errors="replace")


def devcluster(*arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*prefix, sys.executable, "-m", "tools.devcluster", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_a_pod_becomes_ready_on_the_fake_node(first: Cluster) -> None:
    first.kubectl("create", "--filename=-", stdin=pod("plain", resources={"limits": {"nvidia.com/gpu": "2"}}))
    first.kubectl("wait", "--for=condition=Ready", "pod/plain", "--timeout=60s")
    assert first.kubectl("get", "pod/plain", "--output=jsonpath={.spec.nodeName}") == f"{first.name}-1"


def test_admission_is_real(first: Cluster) -> None:
    first.kubectl("create", "namespace", "strict")
    first.kubectl("wait", "--for=create", "serviceaccount/default", "--namespace=strict", "--timeout=60s")
    first.kubectl("label", "namespace", "strict", "pod-security.kubernetes.io/enforce=restricted")
    with pytest.raises(DevclusterError, match='violates PodSecurity "restricted'):
        first.kubectl("create", "--filename=-", stdin=pod("root", "strict"))


def test_what_service_accounts_ask_for_is_written_down_and_what_others_ask_for_is_not(first: Cluster) -> None:
    server = first.kubectl("config", "view", "--output=jsonpath={.clusters[0].cluster.server}")
    trusted = f"--certificate-authority={first.kubeconfig.parent / 'ca.crt'}"
    account = ("--kubeconfig=/dev/null", f"--server={server}", trusted, "--token")
    with pytest.raises(DevclusterError, match="cannot get resource"):
        first.kubectl(*account, first.kubectl("create", "token", "default"), "get", "configmap", "wanted")
    events = [json.loads(line) for line in first.audit_log.read_text().splitlines()]
    assert {event["user"]["username"] for event in events} == {"system:serviceaccount:default:default"}
    last = next(event for event in events if event["objectRef"].get("name") == "wanted")
    assert (last["verb"], last["objectRef"]["resource"], last["responseStatus"]["code"]) == ("get", "configmaps", 403)
    assert "requestObject" not in last


def test_up_again_changes_nothing_and_says_so(first: Cluster) -> None:
    before = first.status()
    again = devcluster("up", first.name, "--nodes", "kwok")
    assert again.returncode == 0
    assert "was up already" in again.stderr
    assert first.status() == before
    with pytest.raises(DevclusterError, match="already runs with nodes of kwok"):
        first.up(nodes="kubelet")


def test_clusters_side_by_side_know_nothing_of_each_other(first: Cluster, second: Cluster) -> None:
    assert first.gateway != second.gateway
    first.kubectl("create", "configmap", "mine")
    with pytest.raises(DevclusterError, match='"mine" not found'):
        second.kubectl("get", "configmap", "mine")


def test_the_api_server_can_be_killed_and_comes_back_with_everything(first: Cluster) -> None:
    first.kubectl("create", "configmap", "kept")
    first.stop_apiserver()
    with pytest.raises(DevclusterError, match="refused"):
        first.kubectl("get", "configmap", "kept")
    assert "etcd" in first.status().programs
    first.start_apiserver()
    assert "kept" in first.kubectl("get", "configmap", "kept")


def test_a_cluster_whose_processes_died_is_told_apart_and_made_anew(second: Cluster) -> None:
    record = second.status().record
    assert record is not None
    assert record.holder.kill(seconds=20)
    assert second.status().state == "broken"
    with pytest.raises(UnknownClusterError, match=r"python3 -m tools\.devcluster up"):
        second.kubectl("get", "nodes")
    assert second.up(nodes="kwok") is True
    assert second.status().state == "running"


def test_down_leaves_nothing(second: Cluster) -> None:
    record = second.status().record
    assert record is not None
    assert traces(second)
    link = Path(f"/sys/class/net/{record.block.link}/ifindex").read_text()
    assert link in links()
    assert second.down() is True
    assert traces(second) == []
    assert not (clusters() / second.name).exists()
    assert link not in links(), "its routes have gone with it"
    assert second.down() is False


def test_an_interrupted_up_takes_back_what_it_had_started() -> None:
    cluster = Cluster("test-devcluster-3")
    command = [sys.executable, "-m", "tools.devcluster", "up", cluster.name, "--nodes", "kwok"]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as up:
        assert wait_for(lambda: any("etcd" in line for line in traces(cluster)), seconds=60)
        up.send_signal(signal.SIGTERM)
        _, errors = up.communicate(timeout=60)
    assert up.returncode == 130
    assert "interrupted" in errors
    assert traces(cluster) == []
    assert cluster.status().state == "broken"
    assert cluster.down() is True


@pytest.mark.parametrize("name", ["", "Upper", "under_score", "-dash", "a" * 41, "../escape"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(DevclusterError, match="no name for a cluster"):
        Cluster(name)


def test_an_unknown_cluster_is_an_error_that_says_how_to_start_it() -> None:
    answer = devcluster("kubeconfig", "nobody")
    assert answer.returncode == 1
    assert "python3 -m tools.devcluster up nobody" in answer.stderr


def test_without_root_there_is_one_clear_sentence() -> None:
    answer = devcluster("up", "test-devcluster-4", prefix=("unshare", "--user"))
    assert answer.returncode == 1
    assert answer.stderr.startswith("devcluster: a cluster needs root")


def test_missing_programs_are_named_by_their_debian_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MachineError, match=r"iproute2 mount nftables runc util-linux \(this machine has no apt-get\)"):
        require("kubelet")


def test_no_free_addresses_is_said_before_anything_runs() -> None:
    take = 'for n in $(seq 200 231); do ip route add blackhole 10.$n.0.0/16 || exit; done; exec "$@"'
    answer = devcluster("up", "test-devcluster-5", "--nodes=kwok", prefix=("unshare", "--net", "sh", "-c", take, "sh"))
    assert "no free addresses" in answer.stderr
    assert answer.returncode == 1
    Cluster("test-devcluster-5").down()


def test_a_build_without_go_says_which_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODELSERVER_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BuildError, match=r"Go is missing: put Go 1\.\d+"):
        build()


def test_of_old_builds_only_the_newest_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.write_text(
        '#!/bin/sh\n[ $1 = env ] && echo go99.0.0 && exit\nfor o; do case "$o" in /*) touch "$o/box";; esac; done\n'
    )
    go.chmod(0o755)
    builds = tmp_path / "kubernetes"
    for age, name in enumerate(["1.2.3-before", "1.2.3-long-before", "1.2.2-longer-before"]):
        (builds / name / "bin").mkdir(parents=True)
        os.utime(builds / name, (1000 - age, 1000 - age))
    monkeypatch.setenv("MODELSERVER_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    new = build().folder
    assert {path.name for path in builds.iterdir()} == {".lock", "1.2.3-before", new.name}


def test_a_failing_build_shows_its_end_and_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\n[ $1 = env ] && echo go99.0.0 && exit\necho no space left >&2; exit 1\n")
    go.chmod(0o755)
    monkeypatch.setenv("MODELSERVER_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(BuildError, match=r"the end of .*\.log:\nno space left"):
        build()
    assert not list((tmp_path / "kubernetes").glob("*/bin"))
