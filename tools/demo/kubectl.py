"""kubectl with a kubeconfig, and nothing of how the cluster was made."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.setup.places import NO_PROXY
from tools.setup.step import StepError

Manifest = Mapping[str, Any]


class KubectlError(StepError):
    """kubectl exited with another code than 0; the message is what it said."""


@dataclass(frozen=True)
class Kubectl:
    """Runs kubectl against one cluster."""

    command: Path
    kubeconfig: Path

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Gives what kubectl prints on stdout; raises KubectlError."""
        command = self.words(*arguments)
        environment = {**os.environ, **NO_PROXY}
        done = subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def words(self, *arguments: str) -> list[str]:
        """The command line."""
        return [str(self.command), f"--kubeconfig={self.kubeconfig}", *arguments]

    def get(self, *arguments: str) -> dict[str, Any]:
        """The object, or the list, as `kubectl get` gives it."""
        found: dict[str, Any] = json.loads(self.run("get", *arguments, "-o", "json"))
        return found

    def apply(self, *manifests: Manifest) -> str:
        """Applies the manifests by server-side apply, as whoever runs this."""
        documents = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
        return self.run("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=documents)
