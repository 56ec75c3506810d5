"""Which files tell a plan how large a model is, and the options that say where they are."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from modelserver_operator.cli.mappings import FolderOf
from modelserver_operator.cli.modelfiles import ModelFiles, model_files
from modelserver_operator.cli.modelplaces import Folder, HubRepository, NotReadError, Place
from modelserver_operator.desired import model
from modelserver_operator.resolve import Resolved
from modelserver_operator.resolve.memory import Unknown

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Models:
    """folder: holds the model of every ModelServer; None: each has its own. claims: folders by a claim's name.
    offline: no hub is asked. environment: of this shell."""

    folder: Path | None
    claims: Mapping[str, Path]
    offline: bool
    environment: Mapping[str, str]

    def read(self, resolved: Resolved) -> ModelFiles | Unknown:
        """What the model's files say; Unknown has the reason where they cannot be read."""
        place = self._place(resolved)
        if isinstance(place, Unknown):
            return place
        try:
            return model_files(place)
        except NotReadError as error:
            return Unknown(str(error))

    def _place(self, resolved: Resolved) -> Place | Unknown:
        source = resolved.model
        if self.folder:
            return Folder(self.folder)
        if source.hugging_face:
            return self._hub(resolved)
        if source.persistent_volume_claim is None:
            return Unknown("its files lie in an image: --model FOLDER reads them from a folder")
        name = source.persistent_volume_claim.claim_name
        if name in self.claims:
            return Folder(Path(model.path(source, str(self.claims[name]))))
        return Unknown(f"its files lie on the PersistentVolumeClaim {name}: --claim {name}=FOLDER reads them here")

    def _hub(self, resolved: Resolved) -> Place | Unknown:
        """As in the pod: where the class says, unless this shell says otherwise."""
        assert resolved.model.hugging_face, "asked for by its caller"
        of_class = {variable.name: variable.value for variable in resolved.placement.environment}
        environment = {**of_class, **self.environment}
        if self.offline or environment.get("HF_HUB_OFFLINE") == "1":
            return Unknown("the hub is not asked (--offline or HF_HUB_OFFLINE): --model FOLDER reads the files")
        return HubRepository.found(resolved.model.hugging_face, environment)


def models_options(command: F) -> F:
    """Where the models' files are read. The command gets a Models as `models`."""

    @click.option(
        "--model",
        "model_folder",
        metavar="FOLDER",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Read config.json and the weights' size here, instead of where the files' ModelServers have them.",
    )
    @click.option(
        "--claim", "claims", type=FolderOf(), multiple=True, help="Where a PersistentVolumeClaim's content lies."
    )
    @click.option("--offline", is_flag=True, help="Do not ask the model hub how large a model is.")
    @functools.wraps(command)
    def with_models(
        *arguments: Any, model_folder: Path | None, claims: Sequence[tuple[str, Path]], offline: bool, **options: Any
    ) -> Any:
        return command(*arguments, models=Models(model_folder, dict(claims), offline, os.environ), **options)

    return with_models  # type: ignore[return-value]  # the same parameters, as the command line sees them
