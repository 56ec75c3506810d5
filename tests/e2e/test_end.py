"""The end of a server, and of all: what was accepted is finished, then nothing is left but what is meant to stay."""

import threading

import openai
from tests.e2e import left
from tests.e2e.served import Served
from tests.waiting import until
from tools.demo import release
from tools.demo.kubectl import Kubectl
from tools.setup.helm import helm
from tools.setup.recorder import Recorder

STREAMS = 8
SECONDS = 300  # for what takes a few on an idle machine


class Stream(threading.Thread):
    """A client that reads one long answer."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        self.begun = threading.Event()
        self.finish_reason: str | None = None
        self.chunks = 0

    def run(self) -> None:
        asked = self._client.completions.create(
            model="shared", prompt="Once", max_tokens=480, stream=True, extra_body={"ignore_eos": True}
        )
        for chunk in asked:
            self.begun.set()
            self.chunks += 1
            self.finish_reason = chunk.choices[0].finish_reason or self.finish_reason


def test_delete_finishes_streams_and_removes_every_child(shared: Served, url: str, kubectl: Kubectl) -> None:
    streams = [Stream(url) for _ in range(STREAMS)]
    for stream in streams:
        stream.start()
    assert all(stream.begun.wait(SECONDS) for stream in streams)
    assert all(stream.finish_reason is None for stream in streams)
    kubectl.run("delete", "ms", shared.name, *shared.here)
    for stream in streams:
        stream.join(SECONDS)
    assert [stream.finish_reason for stream in streams] == ["length"] * STREAMS
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
