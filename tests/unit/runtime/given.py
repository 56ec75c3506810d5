"""What is said of a configuration in its four sources, for tests to load."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.runtime import configs

from modelserver_runtime.config import StartConfig
from modelserver_runtime.config.sources import Sources, load
from modelserver_runtime.config.yaml_file import ConfigError

P = "MODELSERVER_SERVE_"


class Given:
    """What a test says in each source; the file is configs.START with the model's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = folder / "some model"
        self.describe({"max_position_embeddings": 2048})

    def describe(self, config: object) -> None:
        """Write the model's config.json."""
        self.model.mkdir(exist_ok=True)
        (self.model / "config.json").write_text(json.dumps(config))

    def sources(
        self,
        file: Mapping[str, Any] | None = None,
        env_file: str | None = None,
        environment: Mapping[str, str] | None = None,
        flags: Mapping[str, str] | None = None,
        settings: Sequence[str] = (),
    ) -> Sources:
        return Sources(
            file=self.write("start.yaml", yaml.safe_dump(file)) if file is not None else None,
            env_file=self.write(".env", env_file) if env_file is not None else None,
            environment=environment or {},
            flags=flags or {},
            settings=settings,
        )

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text)
        return file

    def start(self, **said: Any) -> StartConfig:
        """What holds; without a file, flags name the model and a processor."""
        if "file" not in said:
            said["flags"] = {"--model": str(self.model), "--device": "Cpu", **said.get("flags", {})}
        return load(self.sources(**said))

    def complaint(self, **said: Any) -> str:
        with pytest.raises(ConfigError) as error:
            self.start(**said)
        return str(error.value).replace(str(self.folder), "FOLDER")

    def file(self, **changes: Any) -> dict[str, Any]:
        return configs.start(**{"model.path": str(self.model), **changes})
