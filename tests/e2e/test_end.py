"""The end of a server, and of all: what was accepted is finished, then nothing is left but what is meant to stay."""

from concurrent.futures import ThreadPoolExecutor

from tests.e2e import left
from tests.e2e.asking import SECONDS, until_refused
from tests.e2e.served import Served
from tests.waiting import until
from tools.demo import release
from tools.demo.kubectl import Kubectl
from tools.setup.helm import helm
from tools.setup.recorder import Recorder

CALLERS = 8
TOKENS = 240


def test_delete_finishes_streams_and_removes_every_child(shared: Served, url: str, kubectl: Kubectl) -> None:
    """Each caller asks until it is refused, and so has a stream when the server is told to end."""
    ended: list[list[str | None]] = [[] for _ in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        asking = [pool.submit(until_refused, url, TOKENS, each) for each in ended]
        until(lambda: all(ended), SECONDS, "all are answered")
        assert not any(each.done() for each in asking)
        kubectl.run("delete", "ms", shared.name, *shared.here)
        for each in asking:
            each.result()
    assert {reason for each in ended for reason in each} == {"length"}
    until(lambda: not shared.children(), SECONDS, "the children are gone")
    assert not shared.exists()


def test_uninstall_leaves_only_what_is_of_the_kept_crds(operator: None, kubectl: Kubectl, recorder: Recorder) -> None:
    kubectl.run("delete", "ms", "--all", "--all-namespaces")
    until(
        lambda: {name for name in names(kubectl) if name[0] == "Pod"} <= operators(kubectl),
        SECONDS,
        "no server is left",
    )
    classes = {("ModelServerClass", each["metadata"]["name"]) for each in kubectl.get("msc")["items"]}
    recorder.run(
        helm(), "uninstall", release.RELEASE, "--namespace", release.NAMESPACE, "--kubeconfig", kubectl.kubeconfig,
        "--wait",
    )  # fmt: skip
    kept = {("CustomResourceDefinition", f"{kind}.modelserver.dev") for kind in ("modelservers", "modelserverclasses")}
    lease = {("Lease", "modelserver-operator")}  # names a holder that is gone, and harms nothing
    left.only(lambda: names(kubectl), kept | classes | lease)


def names(kubectl: Kubectl) -> set[left.Name]:
    """Kind and name of all that is ours."""
    return {left.name(each) for each in left.found(kubectl)}


def operators(kubectl: Kubectl) -> set[left.Name]:
    """The operator's pods."""
    return {left.name(each) for each in kubectl.get("pods", "--namespace", release.NAMESPACE)["items"]}
