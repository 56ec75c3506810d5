"""The demo's own steps, after everything that tools.setup makes: from a cluster to answers."""

import json
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tools.demo import release, server, tempers, volumes
from tools.demo.cluster import DemoCluster
from tools.demo.tempers import AFTER, BEFORE, RETUNED, Tempers
from tools.setup import engine, model
from tools.setup.places import PYTHON, ROOT, state
from tools.setup.recorder import Recorder
from tools.setup.step import Step, StepError

NAME = "demo"
NAMESPACE = "default"
SAMPLE = ROOT / "manifests" / "samples" / "demo.yaml"
PROMPTS = ("How was the concert?", "Tell me about the harbour.", "What happened at the exam?")


@dataclass
class Demo:
    """What the steps have in common, and what they find out."""

    cluster: DemoCluster = field(default_factory=lambda: DemoCluster(NAME))
    folder: Path = field(default_factory=lambda: state() / "demo")
    ready_seconds: float = 0.0
    url: str = ""
    answers: list[dict[str, str]] = field(default_factory=list)
    tempers: list[Tempers] = field(default_factory=list)  # before the retune, and after
    retune_seconds: float = 0.0

    def install(self, recorder: Recorder) -> None:
        """Installs the operator and the classes."""
        release.install(recorder, self.cluster.kubectl(), release.values(), self.folder)

    def offer_volumes(self, recorder: Recorder) -> None:
        """Makes the claims that the sample and the class name."""
        claims = {
            "models": model.folder(),
            "vectors": model.folder() / "vectors",
            release.ENGINE_CLAIM: engine.folder(),
        }
        kubectl = self.cluster.kubectl()
        recorder.say(kubectl.apply(release.restricted(NAMESPACE)))
        for claim, target in claims.items():
            folder = volumes.pointer(self.folder / "volumes" / claim, target)
            recorder.say(kubectl.apply(*volumes.read_only(claim, NAMESPACE, folder)))

    def serve(self, recorder: Recorder) -> None:
        """Applies the sample and waits until it is Ready."""
        kubectl = self.cluster.kubectl()
        start = time.monotonic()
        server.apply(kubectl, SAMPLE, NAMESPACE)
        server.wait_until_ready(recorder, kubectl, NAMESPACE, NAME)
        self.ready_seconds = time.monotonic() - start

    def ask(self, recorder: Recorder) -> None:
        """Asks through the Service, from outside the pods."""
        self.url = self.cluster.address(NAMESPACE, NAME)
        said = recorder.output(PYTHON, "-m", "tools.demo.ask", f"{self.url}/v1", NAME, *PROMPTS)
        answers = [json.loads(line) for line in said.splitlines()]
        self.answers = [answer for answer in answers if answer["finish_reason"] and (answer["text"] or "").strip()]
        if len(self.answers) < len(PROMPTS):
            raise StepError(f"{len(PROMPTS) - len(self.answers)} of {len(PROMPTS)} prompts got no text")

    def compare(self, recorder: Recorder) -> None:
        """Asks the model and its variants the same."""
        self.tempers = [tempers.ask(recorder, self.url)]

    def retune(self, recorder: Recorder) -> None:
        """Changes a variant while the server runs, asks again, and changes it back."""
        change = partial(tempers.retune, recorder, self.cluster.kubectl(), ("--namespace", NAMESPACE), NAME)
        self.retune_seconds = change(AFTER)
        before, after = self.tempers[0], tempers.ask(recorder, self.url)
        if after.texts[RETUNED] == before.texts[RETUNED]:
            raise StepError(f"{RETUNED} answers as before it was retuned")
        self.tempers.append(after)
        change(BEFORE)


def steps(demo: Demo) -> list[Step]:
    """The steps in order."""
    look = f"look around with KUBECONFIG={state()}/clusters/{NAME}/pki/admin.kubeconfig; `make demo-down` starts over."
    return [
        Step("cluster", "Start a Kubernetes cluster of our own", demo.cluster.runs, demo.cluster.up, look),
        Step(
            "load",
            "Put the images on its node",
            lambda: not demo.cluster.missing_images(),
            demo.cluster.load_images,
            look,
        ),
        Step("install", "Install the operator with Helm", _never, demo.install, look),
        Step("volumes", "Offer model, vectors and engine as read-only volumes", _never, demo.offer_volumes, look),
        Step("serve", f"Apply {SAMPLE.relative_to(ROOT)} and wait for Ready", _never, demo.serve, look),
        Step("ask", "Ask the model through its Service", _never, demo.ask, look),
        Step("compare", "Ask its variants the same", _never, demo.compare, look),
        Step("retune", f"Retune {RETUNED} with kubectl while it runs, and back", _never, demo.retune, look),
    ]


def _never() -> bool:
    return False
