"""What holds where nobody says it and the schema alone cannot know: names and lengths that the model's folder gives."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelserver_runtime.config import Engine
from modelserver_runtime.config.yaml_file import ConfigError

SECTIONS = ("server", "model", "engine", "admission")  # all their keys may come from elsewhere than a file
# As the profile Balanced: more of a context is memory that most requests leave empty.
CONTEXT_TOKENS = 4096
# Where a model's config.json says how long its context is, by the families' own words, as vLLM reads them.
LENGTHS = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "model_max_length",
    "max_target_positions",
    "max_sequence_length",
    "max_seq_length",
    "seq_len",
)


def fill(document: Any, origin: Callable[[str], str]) -> None:
    """Add to `document` what it lacks. What has the wrong type stays as it is, to be complained about.

    origin: where a key's value came from, for sentences.

    Raises:
        ConfigError: the context's length is to be found in the model's folder, and there is none.
    """
    if not isinstance(document, dict):
        return
    server, model, engine, admission = (document.setdefault(name, {}) for name in SECTIONS)
    path = model.get("path") if isinstance(model, dict) else None
    if isinstance(path, str) and path:
        _name(server, Path(path))
        if isinstance(engine, dict) and "maxContextTokens" not in engine:
            engine["maxContextTokens"] = _context_tokens(Path(path), origin("model.path"))
    if isinstance(engine, dict) and isinstance(admission, dict):
        admission.setdefault("maxRunning", engine.get("maxSequences", Engine.model_fields["max_sequences"].default))


def check_model(folder: Path, origin: str) -> Path:
    """The folder's config.json. Raises ConfigError where there is none; `origin` is who named the folder."""
    where = f"model.path in {origin}; of a ModelServer it is spec.model, its claim and the path in it"
    if not folder.is_dir():
        raise ConfigError(f"There is no model folder {folder} ({where}).")
    if not (folder / "config.json").is_file():
        raise ConfigError(f"The folder {folder} holds no model: it has no config.json ({where}).")
    return folder / "config.json"


def _name(server: Any, folder: Path) -> None:
    """The first served name and the server's own are each other's, and else the folder's."""
    if not isinstance(server, dict):
        return
    served = server.get("servedNames")
    first = served[0] if isinstance(served, list) and served else None
    server.setdefault("name", first or re.sub(r"\s+", "-", folder.resolve().name) or "model")
    server.setdefault("servedNames", [server["name"]])


def _context_tokens(folder: Path, origin: str) -> int:
    try:
        described = json.loads(check_model(folder, origin).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{folder / 'config.json'}: cannot be read: {error}") from error
    described = described if isinstance(described, dict) else {}
    inner = described.get("text_config")  # of a model that sees, the part that speaks
    found = [each[name] for each in (inner, described) if isinstance(each, dict) for name in LENGTHS if name in each]
    lengths = [length for length in found if isinstance(length, int) and length > 0]
    if not lengths:
        raise ConfigError(f"engine.maxContextTokens: is required: {folder}/config.json names no length of a context.")
    return min(CONTEXT_TOKENS, *lengths)
