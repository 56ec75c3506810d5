"""Which model a vector was made for: a vector added to any other model is noise."""

import hashlib
import json
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from modelserver_runtime.vectors.errors import VectorError

# Keys of config.json that tools rewrite without touching the weights.
_VOLATILE = frozenset({"_name_or_path", "transformers_version", "torch_dtype", "dtype", "use_cache"})
# What config.json calls a model's layers and its width; GPT-2 and those of its time have names of their own.
_LAYERS = ("num_hidden_layers", "n_layer")
_WIDTH = ("hidden_size", "n_embd")


class ModelIdentity(BaseModel):
    """A model's name for people, and what decides whether a vector fits: config hash, layers, width."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, strict=True)

    name: str = Field(min_length=1)
    config_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    layers: int = Field(ge=1)
    hidden_size: int = Field(ge=1)

    @classmethod
    def of(cls, folder: Path, name: str) -> Self:
        """The identity of the Hugging Face model in `folder`.

        Raises:
            VectorError: there is no readable config.json, or it names no layers or width.
        """
        config = _read_config(folder / "config.json")
        text = config.get("text_config", config)  # models that also see or hear keep the language part here
        try:
            layers, hidden_size = (int(_first(text, keys)) for keys in (_LAYERS, _WIDTH))
        except (TypeError, ValueError) as error:
            raise VectorError(f"{folder}/config.json names no num_hidden_layers and hidden_size") from error
        return cls(name=name, config_sha256=_digest(config), layers=layers, hidden_size=hidden_size)

    def difference(self, other: Self) -> str | None:
        """Why a vector made for `self` must not steer `other`, or None where it fits."""
        if (self.layers, self.hidden_size) != (other.layers, other.hidden_size):
            ours, theirs = (f"{model.layers} layers of width {model.hidden_size}" for model in (self, other))
            return f"it was made for {self.name} with {ours}, and {other.name} has {theirs}"
        if self.config_sha256 != other.config_sha256:
            return f"it was made for {self.name}, and {other.name} has another config.json"
        return None


def _first(config: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((config[key] for key in keys if key in config), None)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VectorError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise VectorError(f"{path} is no JSON: {error}") from error
    if not isinstance(config, dict):
        raise VectorError(f"{path} is no JSON object")
    return config


def _digest(config: dict[str, Any]) -> str:
    kept = {key: value for key, value in config.items() if key not in _VOLATILE}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
