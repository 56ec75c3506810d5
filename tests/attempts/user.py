"""Somebody who may write ModelServers in one namespace, and nothing else."""

from dataclasses import dataclass

import httpx
from tests.attempts.attempt import Manifest
from tests.attempts.powers import Request
from tests.controlplane.kube import API, Kube, path

NAME = "mallory"


@dataclass(frozen=True)
class User:
    """Speaks through the administrator, who impersonates her: what she may is decided by her own rights."""

    kube: Kube
    namespace: str

    def create(self, name: str, spec: Manifest, *, validation: str = "Strict", **more: Manifest) -> httpx.Response:
        """Create a ModelServer; `validation` is what the API server does about fields that it does not know.

        more: further members of the object; those of `metadata` are laid over its own.
        """
        kind = "ModelServer"
        metadata = {"name": name, "namespace": self.namespace} | more.pop("metadata", {})
        manifest = {"apiVersion": API[kind], "kind": kind, "metadata": metadata, "spec": spec, **more}
        place = path(API[kind], kind, self.namespace)
        return self.send(Request(name, "POST", f"{place}?fieldValidation={validation}", manifest))

    def send(self, request: Request) -> httpx.Response:
        """The API server's answer, whatever it is."""
        headers = {"Impersonate-User": NAME, "Content-Type": request.content}
        place = request.path.format(namespace=self.namespace)
        return self.kube.raw(request.method, place, json=request.body, headers=headers)
