"""What there is of ours in the whole cluster, whatever its kind and place: found by group, name, labels and owners."""

import json
from collections.abc import Callable, Iterator

from tests.e2e.served import Manifest
from tests.waiting import until
from tools.demo.kubectl import Kubectl

OURS = "modelserver"
# The kinds of what outlives the operator by itself, as docs/install.md says; whatever else there is belongs to those.
KEPT = {"CustomResourceDefinition", "ModelServerClass", "ModelServer", "Lease"}
# Told by Kubernetes or for a while only (Events), made by Kubernetes for each Service (Endpoints), or by these tests.
OTHERS = ("events", "events.events.k8s.io", "endpoints", "namespaces")
# Kubernetes makes it for each version of a CRD, and takes it away with the CRD.
OF_THE_CRDS = ("APIService", "v1alpha1.modelserver.dev")

SECONDS = 300  # for what Kubernetes collects within seconds on an idle machine

Name = tuple[str, str]


def found(kubectl: Kubectl) -> list[Manifest]:
    """All objects that are ours."""
    kinds = set(kubectl.run("api-resources", "--verbs=list", "-o", "name").split()) - set(OTHERS)
    everything = kubectl.get(",".join(sorted(kinds)), "--all-namespaces")["items"]
    return [each for each in everything if _is_ours(each) and name(each) != OF_THE_CRDS]


def without_owner(objects: list[Manifest]) -> set[Name]:
    """Kind and name of those that would stay whatever else of them was deleted."""
    uids = {each["metadata"]["uid"] for each in objects}
    return {name(each) for each in objects if not uids & set(_owners(each))}


def kinds(names: set[Name]) -> set[str]:
    """Of which kinds they are."""
    return {kind for kind, _ in names}


def only(look: Callable[[], set[Name]], wanted: set[Name]) -> None:
    """Wait until what `look` finds is that; fails with what is too much and what is missing."""
    names: set[Name] = set()

    def is_so() -> bool:
        nonlocal names
        names = look()
        return names == wanted

    try:
        until(is_so, SECONDS, "nothing else is left")
    except AssertionError as error:
        raise AssertionError(f"{error}; too much: {names - wanted}; missing: {wanted - names}") from None


def _is_ours(manifest: Manifest) -> bool:
    metadata = manifest["metadata"]
    told = [metadata.get(key) for key in ("name", "labels", "annotations", "ownerReferences")]
    return OURS in json.dumps([manifest["apiVersion"], *told])


def name(manifest: Manifest) -> Name:
    """Its kind and its name."""
    return manifest["kind"], manifest["metadata"]["name"]


def _owners(manifest: Manifest) -> Iterator[str]:
    return (each["uid"] for each in manifest["metadata"].get("ownerReferences", ()))
