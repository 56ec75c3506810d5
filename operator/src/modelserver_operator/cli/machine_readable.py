"""What a command has found, as a document for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modelserver_operator.cli.yamltext import dump


def serialized(content: Mapping[str, Any], output: str) -> str:
    """As JSON where that is asked for, else as YAML; it ends with its line."""
    return f"{json.dumps(content, indent=2)}\n" if output == "json" else dump(content)
