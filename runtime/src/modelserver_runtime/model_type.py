"""Which kind of model a folder holds: some need other stages, and other options of the engine."""

import json
from pathlib import Path

HARMONY = "gpt_oss"  # speaks in channels, of which callers may see some only


def model_type(folder: str) -> str:
    """`model_type` of the folder's config.json; empty where there is none: the engine says what is wrong with it."""
    try:
        document = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(document.get("model_type", "")) if isinstance(document, dict) else ""
