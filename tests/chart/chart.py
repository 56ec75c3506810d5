"""The chart through Helm's own eyes, without a cluster: what values make of it."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tools.setup import helm

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "modelserver"

Manifest = dict[str, Any]


class HelmError(Exception):
    """Helm refused; the message is what it said."""


@dataclass(frozen=True)
class Helm:
    """Helm with a home of its own, so that nothing of this machine's user is read or written.

    `rendered` holds texts by what was asked for, and may be shared: each takes a third of a second of a processor.
    """

    home: Path
    rendered: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path) -> str:
        """What Helm prints. Raises HelmError."""
        command = Path(os.environ.get("MODELSERVER_HELM") or helm.helm())
        homes = {f"HELM_{kind}_HOME": str(self.home / kind) for kind in ("CACHE", "CONFIG", "DATA")}
        done = subprocess.run(
            [command, *arguments], env={**os.environ, **homes}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise HelmError(done.stderr)
        return done.stdout

    def values(self, values: Mapping[str, Any]) -> Path:
        """A file that holds the values; JSON is YAML."""
        file = self.home / "values.json"
        file.write_text(json.dumps(values))
        return file

    def text(self, values: Mapping[str, Any], *flags: str) -> str:
        """The rendered chart as release "modelserver" in namespace "platform"."""
        asked = json.dumps([values, flags])
        if asked not in self.rendered:
            where = ("template", "modelserver", CHART, "--namespace", "platform")
            self.rendered[asked] = self.run(*where, "--values", self.values(values), *flags)
        return self.rendered[asked]

    def render(self, values: Mapping[str, Any] | None = None) -> "Rendered":
        """The same, read."""
        return Rendered(documents(self.text(values or {})))


@dataclass(frozen=True)
class Rendered:
    """The manifests that a release is made of, hooks included."""

    manifests: list[Manifest]

    def all(self, kind: str) -> list[Manifest]:
        """The manifests of a kind."""
        return [manifest for manifest in self.manifests if manifest["kind"] == kind]

    def one(self, kind: str, name: str) -> Manifest:
        """The manifest of that kind and name."""
        (found,) = (manifest for manifest in self.all(kind) if manifest["metadata"]["name"] == name)
        return found

    def classes(self) -> dict[str, Manifest]:
        """The ModelServerClasses that the hook would apply, by name."""
        files = self.one("ConfigMap", "modelserver-classes")["data"]
        manifests = [yaml.load(text, yaml.CSafeLoader) for text in files.values()]
        return {manifest["metadata"]["name"]: manifest for manifest in manifests}

    def pods(self) -> dict[str, Manifest]:
        """The pod specs, by the kind of what makes them."""
        makers = self.all("Deployment") + self.all("Job")
        return {maker["kind"]: maker["spec"]["template"]["spec"] for maker in makers}


def documents(text: str) -> list[Manifest]:
    """The manifests of a YAML stream; documents of comments alone are none."""
    return [manifest for manifest in yaml.load_all(text, yaml.CSafeLoader) if manifest]
