"""The development cluster with a real node: pods that run, and are reached as on any cluster."""

import hashlib
import json
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.devcluster import images
from tools.devcluster.binaries import build
from tools.devcluster.cluster import Cluster
from tools.devcluster.errors import DevclusterError
from tools.devcluster.images import BOX
from tools.devcluster.processes import wait_for


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster("test-devcluster-node")
    cluster.down()
    cluster.up(nodes="kubelet")
    yield cluster
    cluster.down()
    assert not list(Path("/sys/fs/cgroup").rglob(f"devcluster-{cluster.name}-*"))


@pytest.fixture(scope="module")
def web(cluster: Cluster) -> str:
    """A pod that serves, with a Service; returns the Service's address."""
    cluster.kubectl("run", "web", f"--image={BOX}", "--port=8080", "--expose", "--", "serve", ":8080")
    cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=300s")
    return cluster.kubectl("get", "service/web", "--output=jsonpath={.spec.clusterIP}")


def run(cluster: Cluster, name: str, image: str) -> None:
    cluster.kubectl("run", name, f"--image={image}", "--", "pause")
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=300s")


def get(url: str) -> str | None:
    """What the server answers, once kube-proxy has heard that there is one."""
    return wait_for(lambda: answer(url), seconds=300)


def answer(url: str) -> str | None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=10) as body:
            return str(body.read().decode().strip())
    except urllib.error.URLError:
        return None


def test_a_pod_runs_and_its_log_can_be_read(cluster: Cluster, web: str) -> None:
    said = wait_for(lambda: cluster.kubectl("logs", "web"), seconds=300)  # it is Ready before it has said anything
    assert said == "serving on :8080\n"


def test_a_service_is_reachable_from_this_machine(web: str) -> None:
    assert get(f"http://{web}:8080/") == "web"


def test_a_pod_is_reachable_from_this_machine(cluster: Cluster, web: str) -> None:
    address = cluster.kubectl("get", "pod/web", "--output=jsonpath={.status.podIP}")
    assert get(f"http://{address}:8080/") == "web"


@pytest.mark.parametrize("host", ["web", "web.default.svc.cluster.local"])
def test_a_pod_finds_a_service_by_name(cluster: Cluster, web: str, host: str) -> None:
    assert cluster.kubectl("exec", "web", "--", "/box", "get", f"http://{host}:8080/") == "web\n"


def test_pods_cannot_leave_the_machine(cluster: Cluster, web: str) -> None:
    with pytest.raises(DevclusterError, match=r"lookup example\.org"):
        cluster.kubectl("exec", "web", "--", "/box", "get", "http://example.org/")


def test_an_oci_archive_is_loaded_and_runs(cluster: Cluster, tmp_path: Path) -> None:
    archive = tmp_path / "oci.tar"
    images.write_box(Path(build().path("box")), archive, "example.org/oci:1")
    assert cluster.load_image(archive) == ["example.org/oci:1"]
    run(cluster, "oci", "example.org/oci:1")


def test_a_docker_archive_is_loaded_and_runs(cluster: Cluster, tmp_path: Path) -> None:
    archive = docker_archive(Path(build().path("box")), tmp_path, "example.org/docker:1")
    assert cluster.load_image(archive) == ["example.org/docker:1"]
    run(cluster, "docker", "example.org/docker:1")


def test_an_image_is_mounted_as_a_volume(cluster: Cluster, web: str) -> None:
    mount = {"name": "files", "mountPath": "/files"}
    container = {"name": "c", "image": BOX, "command": ["/files/box"], "args": ["pause"], "volumeMounts": [mount]}
    spec = {"containers": [container], "volumes": [{"name": "files", "image": {"reference": BOX}}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "image-volume"}, "spec": spec}
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(pod))
    cluster.kubectl("wait", "--for=condition=Ready", "pod/image-volume", "--timeout=300s")


@pytest.mark.parametrize("content", [b"", b"no archive", bytes(10240)], ids=["empty", "text", "tar-of-nothing"])
def test_what_is_no_image_is_refused(cluster: Cluster, tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "bad.tar"
    archive.write_bytes(content)
    with pytest.raises(DevclusterError, match="is no OCI or docker archive"):
        cluster.load_image(archive)


def test_an_image_without_a_full_name_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    archive = docker_archive(Path(build().path("box")), tmp_path, "box:1")
    with pytest.raises(DevclusterError, match="without a full name"):
        cluster.load_image(archive)


def docker_archive(box: Path, folder: Path, name: str) -> Path:
    """What `docker save` writes for an image whose one file is /box."""
    layer = folder / "layer.tar"
    with tarfile.open(layer, "w") as tar:
        tar.add(box, "box")
    digest = hashlib.sha256(layer.read_bytes()).hexdigest()
    config = {"architecture": "amd64", "os": "linux", "config": {"Entrypoint": ["/box"]}}
    config["rootfs"] = {"type": "layers", "diff_ids": [f"sha256:{digest}"]}
    (folder / "config.json").write_text(json.dumps(config))
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    archive = folder / "docker.tar"
    with tarfile.open(archive, "w") as tar:
        for file in ("manifest.json", "config.json", "layer.tar"):
            tar.add(folder / file, file)
    return archive
