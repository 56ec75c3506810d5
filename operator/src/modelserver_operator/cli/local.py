"""The pod's world, made of folders of this machine: claims, Secrets, configuration and environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from modelserver_operator.api.secrets import SecretKey
from modelserver_operator.api.sources import ImageSource
from modelserver_operator.desired.environment import ONLINE
from modelserver_operator.desired.live_config import live_yaml
from modelserver_operator.desired.start_config import Layout, start_yaml
from modelserver_operator.resolve import Resolved

LIVE = "live.yaml"  # what a running server takes over, beside its start file
# As in the pod: the model lies in a folder, and a look at the hub would only delay the start.
OFFLINE = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}


@dataclass(frozen=True)
class Ports:
    """Where clients and probes are answered."""

    http: int
    control: int


@dataclass(frozen=True)
class Given:
    """What the command line says of this machine: by the name of a claim or a Secret, or by an image's reference, the
    folder that holds its content; and the folder that downloads go to."""

    claims: Mapping[str, Path]
    secrets: Mapping[str, Path]
    images: Mapping[str, Path]
    cache: Path


@dataclass(frozen=True)
class Folders:
    """Where the volumes and Secrets of a ModelServer lie on this machine."""

    resolved: Resolved
    given: Given

    def models(self) -> str:
        """The folder that stands for the model's volume. Raises UsageError."""
        source = self.resolved.model
        if source.persistent_volume_claim:
            return self._claim(source.persistent_volume_claim.claim_name, "spec.model")
        return self._image(source.image) if source.image else str(self.given.cache)

    def vectors(self) -> str:
        """The folder of the vectors' claim, empty without vectors. Raises UsageError."""
        name = self._vectors_claim()
        return self._claim(name, "spec.emotions.vectors") if name else ""

    def token(self) -> str | None:
        """The hub's token, from the folder of its Secret; None where none is asked for or given. Raises UsageError."""
        secret = self._token_secret()
        if secret is None or secret.name not in self.given.secrets:
            return None
        return self._entry(secret, "tokenSecretRef").read_text(encoding="utf-8").strip()

    def keys(self) -> str:
        """The folder of the keys' Secret, empty without keys. Raises UsageError: what is to be closed is not opened."""
        if self.resolved.auth is None:
            return ""
        name = self.resolved.auth.api_keys_secret.value
        if name not in self.given.secrets:
            raise click.UsageError(
                f"spec.auth takes the clients' keys from the Secret {name}: say where they lie on this machine, a file "
                f"a key, with --secret {name}=FOLDER."
            )
        return str(self.given.secrets[name])

    def redis_url(self) -> str:
        """The file with the Redis' URL, empty where none is given: the one process here counts alone. Raises
        UsageError."""
        secret = self._redis_secret()
        if secret is None or secret.name not in self.given.secrets:
            return ""
        return str(self._entry(secret, "spec.auth.rateLimit.redisSecretRef"))

    def say_unused(self) -> None:
        """Notes on standard error what is given and not used, or used in the cluster and not here."""
        for flag, name in self._unused():
            click.echo(f"note: {flag} {name} is not used by {self.resolved.name}", err=True)
        for volume in self.resolved.placement.volumes:
            text = f"note: the class's volume {volume.name} at {volume.mount_path} is not mounted on this machine"
            click.echo(text, err=True)

    def _unused(self) -> Iterator[tuple[str, str]]:
        model, auth = self.resolved.model, self.resolved.auth
        claim = model.persistent_volume_claim.claim_name if model.persistent_volume_claim else ""
        used = {
            "--claim": (self.given.claims, {claim, self._vectors_claim()}),
            "--image": (self.given.images, {model.image.reference if model.image else ""}),
            "--secret": (
                self.given.secrets,
                {auth.api_keys_secret.value if auth else ""}
                | {secret.name for secret in (self._token_secret(), self._redis_secret()) if secret},
            ),
        }
        for flag, (given, names) in used.items():
            yield from ((flag, name) for name in sorted(set(given) - names))

    def _vectors_claim(self) -> str:
        source = self.resolved.emotions.vectors
        claim = source.persistent_volume_claim if source else None
        return claim.claim_name if claim else ""

    def _token_secret(self) -> SecretKey | None:
        source = self.resolved.model.hugging_face
        return source.token_secret_ref if source else None

    def _redis_secret(self) -> SecretKey | None:
        rate = self.resolved.rate_limit
        return rate.redis.value if rate and rate.redis else None

    def _entry(self, secret: SecretKey, field: str) -> Path:
        """The file of a Secret's key."""
        file = self.given.secrets[secret.name] / secret.key
        if not file.is_file():
            raise click.UsageError(f"--secret {secret.name}: there is no file {file}, which {field} names.")
        return file

    def _claim(self, name: str, field: str) -> str:
        if name not in self.given.claims:
            raise click.UsageError(
                f"{field} is on the PersistentVolumeClaim {name}: say where its content lies on this machine "
                f"with --claim {name}=FOLDER."
            )
        return str(self.given.claims[name])

    def _image(self, source: ImageSource) -> str:
        if source.reference not in self.given.images:
            raise click.UsageError(
                f"spec.model is in the image {source.reference}, which is not pulled here: say where its content lies "
                f"on this machine with --image {source.reference}=FOLDER."
            )
        return str(self.given.images[source.reference])


def write_config(resolved: Resolved, folders: Folders, ports: Ports, scratch: Path) -> Path:
    """Writes both configuration files into `scratch`; returns the start file."""
    live, start = scratch / LIVE, scratch / "start.yaml"
    layout = Layout(
        models=folders.models(),
        vectors=folders.vectors(),
        keys=folders.keys(),
        redis_url=folders.redis_url(),
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
    return {**OFFLINE, **_of_class(resolved), **os.environ}


def download_environment(resolved: Resolved, token: str | None) -> dict[str, str]:
    """What the download has besides: a way to the hub, unless class or shell bar it, and the token."""
    online = {**ONLINE, **_of_class(resolved), **os.environ}["HF_HUB_OFFLINE"]
    return {"HF_HUB_OFFLINE": online, **({"HF_TOKEN": token} if token else {})}


def _of_class(resolved: Resolved) -> dict[str, str]:
    return {variable.name: variable.value for variable in resolved.placement.environment}
