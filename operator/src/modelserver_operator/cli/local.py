"""The pod's world, made of folders of this machine: claims, Secrets, configuration and environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from modelserver_operator.desired.live_config import live_yaml
from modelserver_operator.desired.start_config import Layout, start_yaml
from modelserver_operator.resolve import Resolved

# As in the pod: the model lies in a folder, and a look at the hub would only delay the start.
OFFLINE = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}


@dataclass(frozen=True)
class Ports:
    """Where clients and probes are answered."""

    http: int
    control: int


@dataclass(frozen=True)
class Folders:
    """Where the claims and Secrets of a ModelServer lie on this machine."""

    resolved: Resolved
    claims: Mapping[str, Path]
    secrets: Mapping[str, Path]

    def models(self) -> str:
        """The folder of the model's claim. Raises UsageError."""
        return self._claim(self._model_claim(), "spec.model")

    def vectors(self) -> str:
        """The folder of the vectors' claim, empty without vectors. Raises UsageError."""
        name = self._vectors_claim()
        return self._claim(name, "spec.emotions.vectors") if name else ""

    def say_unused(self) -> None:
        """Notes on standard error what is given and not used, or used in the cluster and not here."""
        used = {self._model_claim(), self._vectors_claim()}
        for name in sorted(set(self.claims) - used):
            click.echo(f"note: --claim {name} is not used by {self.resolved.name}", err=True)
        for name in sorted(self.secrets):
            click.echo(f"note: --secret {name} is not used by {self.resolved.name}", err=True)
        for volume in self.resolved.placement.volumes:
            text = f"note: the class's volume {volume.name} at {volume.mount_path} is not mounted on this machine"
            click.echo(text, err=True)

    def _model_claim(self) -> str:
        claim = self.resolved.model.persistent_volume_claim
        return claim.claim_name if claim else ""

    def _vectors_claim(self) -> str:
        source = self.resolved.emotions.vectors
        claim = source.persistent_volume_claim if source else None
        return claim.claim_name if claim else ""

    def _claim(self, name: str, field: str) -> str:
        if name not in self.claims:
            raise click.UsageError(
                f"{field} is on the PersistentVolumeClaim {name}: say where its content lies on this machine "
                f"with --claim {name}=FOLDER."
            )
        return str(self.claims[name])


def write_config(resolved: Resolved, folders: Folders, ports: Ports, scratch: Path) -> Path:
    """Writes both configuration files into `scratch`; returns the start file."""
    live, start = scratch / "live.yaml", scratch / "start.yaml"
    layout = Layout(
        models=folders.models(),
        vectors=folders.vectors(),
        live=str(live),
        host="127.0.0.1",
        http_port=ports.http,
        control_port=ports.control,
        lame_duck_seconds=0,  # nothing routes here that must first learn of the end
    )
    live.write_text(live_yaml(resolved), encoding="utf-8")
    start.write_text(start_yaml(resolved, layout), encoding="utf-8")
    return start


def environment(resolved: Resolved) -> dict[str, str]:
    """The runtime's environment: the class's variables, unless this shell sets them otherwise."""
    of_class = {variable.name: variable.value for variable in resolved.placement.environment}
    return {**OFFLINE, **of_class, **os.environ}
