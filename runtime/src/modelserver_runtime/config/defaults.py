"""What holds where nobody says it and the schema alone cannot know.

Names and lengths are the model's folder's to give. Precision and memory of a processor are as the operator sets them,
for vLLM's own choices suit accelerators: it computes in bfloat16, which few processors can, and takes its share of all
the memory of the machine, whoever else uses it.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelserver_runtime import memory
from modelserver_runtime.config import Engine
from modelserver_runtime.config.keys import DERIVED
from modelserver_runtime.config.yaml_file import ConfigError

SECTIONS = ("server", "model", "engine", "admission")  # all their keys may come from elsewhere than a file
# As the profile Balanced: more of a context is memory that most requests leave empty.
CONTEXT_TOKENS = 4096
PROCESSOR_DTYPE = "float32"  # every processor computes in it
CACHE_SIZE = "kv-cache-memory-bytes"
CACHE_PARTS = 4  # the KV cache is one: weights and the engine itself need most of the rest
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


def fill(document: Any, origin: Callable[[str], str]) -> frozenset[str]:
    """Add to `document` what it lacks, and tell which keys of DERIVED that were.

    What has the wrong type stays as it is, to be complained about.

    origin: where a key's value came from, for sentences.

    Raises:
        ConfigError: the context's length is to be found in the model's folder, and there is none.
    """
    if not isinstance(document, dict):
        return DERIVED
    unsaid = frozenset(key for key in DERIVED if not _says(document, key))
    server, model, engine, admission = (document.setdefault(name, {}) for name in SECTIONS)
    path = model.get("path") if isinstance(model, dict) else None
    if isinstance(path, str) and path:
        _name(server, Path(path))
        if isinstance(engine, dict) and "maxContextTokens" not in engine:
            engine["maxContextTokens"] = _context_tokens(Path(path), origin("model.path"))
    if isinstance(engine, dict):
        _for_processor(engine)
    if isinstance(engine, dict) and isinstance(admission, dict):
        admission.setdefault("maxRunning", engine.get("maxSequences", Engine.model_fields["max_sequences"].default))
    return unsaid


def check_model(folder: Path, origin: str) -> Path:
    """The folder's config.json. Raises ConfigError where there is none; `origin` is who named the folder."""
    where = f"model.path, from {origin}; of a ModelServer it is spec.model, its claim and the path in it"
    if not folder.is_dir():
        raise ConfigError(f"There is no model folder {folder} ({where}).")
    if not (folder / "config.json").is_file():
        raise ConfigError(f"The folder {folder} holds no model: it has no config.json ({where}).")
    return folder / "config.json"


def _says(document: dict[str, Any], key: str) -> bool:
    section, _, last = key.partition(".")
    held = document.get(section)
    return isinstance(held, dict) and last in held


def _name(server: Any, folder: Path) -> None:
    """The first served name and the server's own are each other's, and else the folder's."""
    if not isinstance(server, dict):
        return
    served = server.get("servedNames")
    first = served[0] if isinstance(served, list) and served else None
    server.setdefault("name", first or re.sub(r"\s+", "-", folder.resolve().name) or "model")
    server.setdefault("servedNames", [server["name"]])


def _for_processor(engine: dict[str, Any]) -> None:
    """A share of memory that somebody asks for is left to vLLM, which takes it of the whole machine."""
    if engine.get("device") != "Cpu":
        return
    engine.setdefault("dtype", PROCESSOR_DTYPE)
    arguments = engine.setdefault("arguments", {})
    if isinstance(arguments, dict) and "acceleratorMemoryPercent" not in engine and (room := memory.usable()):
        arguments.setdefault(CACHE_SIZE, str(room // CACHE_PARTS))


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
