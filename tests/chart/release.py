"""A release of the chart on a real API server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.chart.chart import CHART, Helm, HelmError, Manifest, documents
from tests.waiting import until
from tools.devcluster.cluster import Cluster

NAME = "modelserver"
NAMESPACE = "platform"
SECONDS = 300  # for what takes seconds on an idle machine
CLASSES = {"cpu", "default", "nvidia"}
CPU_FIRST: dict[str, Any] = {"defaultClass": "cpu"}
CRDS = {"modelservers.modelserver.dev", "modelserverclasses.modelserver.dev"}

# An object's uid, resourceVersion and generation, by kind, namespace and name.
Versions = dict[tuple[str, str, str], tuple[str, str, int]]


@dataclass(frozen=True)
class Release:
    """Installs, upgrades and removes the chart, and looks at what that did."""

    cluster: Cluster
    helm: Helm
    namespace: str = NAMESPACE

    def make_namespace(self) -> None:
        """The release's namespace, with the strictest Pod Security enforced."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        self._apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels}})

    def install(self, values: Mapping[str, Any] | None = None) -> str:
        """Installs and waits until the operator's pod is there; gives the notes that Helm prints."""
        return self._put("install", values or {})

    def upgrade(self, values: Mapping[str, Any] | None = None) -> str:
        """Upgrades to the chart as it lies here, with these values and no older ones."""
        return self._put("upgrade", values or {}, "--reset-values")

    def rollback(self) -> None:
        """Goes back to the revision before."""
        self._helm("rollback", NAME, "--wait=watcher", f"--timeout={SECONDS}s")
        self.run_hooks()

    def uninstall(self) -> str:
        """Removes the release; gives what Helm says of it."""
        return self._helm("uninstall", NAME, "--wait", f"--timeout={SECONDS}s")

    def run_hooks(self) -> None:
        """Does what the hook Job's pod would have done; a namespaced release has none.

        The nodes of this cluster only say that they run pods. So the container's own command runs here, with the
        Job's account, the account's rights and the files of the ConfigMap that the Job mounts.
        """
        for job in documents(self._helm("get", "hooks", NAME)):
            self._run_hook(job)

    def kubeconfig(self, account: str) -> Path:
        """A kubeconfig with which one is the ServiceAccount `account` of the release's namespace."""
        config = yaml.safe_load(self.cluster.kubeconfig.read_text())
        token = self.kubectl("create", "token", account).strip()
        for user in config["users"]:
            user["user"] = {"token": token}
        file = self.helm.home / f"{self.namespace}-{account}.kubeconfig"
        file.write_text(yaml.safe_dump(config))
        return file

    def versions(self) -> Versions:
        """What stands in the API server of the release's objects and of all classes, once nothing moves any more."""
        self.kubectl("rollout", "status", f"deployment/{NAME}", f"--timeout={SECONDS}s")
        objects = [(each["kind"], each["metadata"]["name"]) for each in documents(self._helm("get", "manifest", NAME))]
        found = [self.get(kind, name) for kind, name in objects] + self.list("modelserverclasses")
        return {identity(each): version(each) for each in found}

    def get(self, kind: str, name: str) -> Manifest:
        """An object, of the release's namespace where its kind has one."""
        found: Manifest = json.loads(self.kubectl("get", kind, name, "-o", "json"))
        return found

    def list(self, kind: str) -> list[Manifest]:
        """All objects of a kind, of the release's namespace where the kind has one."""
        found: list[Manifest] = json.loads(self.kubectl("get", kind, "-o", "json"))["items"]
        return found

    def names(self, kind: str) -> set[str]:
        """Their names."""
        return {each["metadata"]["name"] for each in self.list(kind)}

    def crds(self) -> set[str]:
        """The CRDs of our group that the API server has."""
        return {name for name in self.names("crd") if name.endswith(".modelserver.dev")}

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints, in the release's namespace."""
        return self.cluster.kubectl(f"--namespace={self.namespace}", *arguments, stdin=stdin)

    def apply(self, *manifests: Manifest) -> None:
        """Applies objects as a user of the cluster would."""
        self._apply(*manifests)

    def remove(self) -> None:
        """Removes the release, if it is there."""
        try:
            self.uninstall()
        except HelmError as error:
            if "not found" not in str(error):
                raise

    def remove_everything(self) -> None:
        """Removes the release, the CRDs and with them all that was made of them, and waits until they are gone."""
        self.remove()
        if left := self.crds():
            self.kubectl("delete", "crd", *left, f"--timeout={SECONDS}s")
        self.kubectl("delete", "jobs", "--all", f"--timeout={SECONDS}s")

    def _run_hook(self, job: Manifest) -> None:
        pod = job["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        folder = self.helm.home / "classes"
        folder.mkdir(exist_ok=True)
        config_map = self.get("configmap", pod["volumes"][0]["configMap"]["name"])
        for name, text in config_map["data"].items():
            (folder / name).write_text(text)
        (mount,) = container["volumeMounts"]
        command = [sys.executable if word == "python3" else word for word in container["command"]]
        command = [str(folder) if word == mount["mountPath"] else word for word in command]
        kubeconfig = self.kubeconfig(pod["serviceAccountName"])
        variables = {each["name"]: each["value"] for each in container["env"]}
        environment = {**os.environ, **variables, "KUBECONFIG": str(kubeconfig)}
        subprocess.run(command, env=environment, check=True, timeout=SECONDS)

    def _put(self, verb: str, values: Mapping[str, Any], *flags: str) -> str:
        wait = ("--wait=watcher", f"--timeout={SECONDS}s")
        said = self._helm(verb, NAME, str(CHART), "--values", str(self.helm.values(values)), *wait, *flags)
        self.run_hooks()
        return said

    def _helm(self, *arguments: str) -> str:
        where = (f"--kubeconfig={self.cluster.kubeconfig}", f"--namespace={self.namespace}")
        return self.helm.run(*arguments, *where)

    def _apply(self, *manifests: Manifest) -> None:
        stream = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
        self.cluster.kubectl("apply", "--server-side", "--filename=-", stdin=stream)


def with_image(image: str) -> dict[str, Any]:
    """Values that change one field of the class "cpu", of which "default" is a copy."""
    return {**CPU_FIRST, "classes": {"cpu": {"image": image}}}


def identity(manifest: Manifest) -> tuple[str, str, str]:
    """Kind, namespace and name; the namespace of what has none is empty."""
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace", ""), metadata["name"]


def version(manifest: Manifest) -> tuple[str, str, int]:
    """What changes when the object is written, or made anew."""
    metadata = manifest["metadata"]
    if manifest["kind"] == "APIService":  # it has no generation, and the API server writes into it how it is reached
        return metadata["uid"], json.dumps(manifest["spec"], sort_keys=True), 0
    return metadata["uid"], metadata["resourceVersion"], metadata.get("generation", 0)


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Returns as soon as it holds; fails with `what` after a deadline."""
    until(holds, SECONDS, what)
