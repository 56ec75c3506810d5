"""`python -m tests.chart.grafana.reduce CHECKOUT BRANCH FILE`: Grafana's schemas of what our dashboards have.

CHECKOUT is one of github.com/grafana/grafana-foundation-sdk (Apache-2.0, Grafana Labs), whose folder jsonschema/ is
made of Grafana's own CUE sources. The files beside were made of

- grafana-10.1.json: branch v10.1.x+cog-v0.0.x at 0daa90e9f0b0, for Grafana 10.1, for which the locked SDK writes;
- grafana-newest.json: branch main at f178d5a42a89, release 0.0.18, for Grafana 12 and later.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

KINDS = ("dashboard", "prometheus", "stat", "statetimeline", "table", "timeseries")


# What CUE calls `_`, anything at all, the generator of these schemas calls an object.
ANYTHING = {"type": "object", "additionalProperties": {}}


def reduced(schema: Any) -> Any:
    """The same schema without descriptions and defaults; who leaves out what has a default asks for that."""
    if isinstance(schema, list):
        return [reduced(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if {word: value for word, value in schema.items() if word != "description"} == ANYTHING:
        return {}
    fields = schema.get("properties", {})
    kept = {word: value for word, value in schema.items() if word not in {"default", "description", "properties"}}
    if "required" in kept:
        kept["required"] = [name for name in kept["required"] if "default" not in fields[name]]
    return {word: reduced(value) for word, value in kept.items()} | _fields(fields)


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {name: reduced(field) for name, field in fields.items()}} if fields else {}


def schema(checkout: Path, branch: str, kind: str) -> Any:
    """That of one of KINDS. Raises subprocess.CalledProcessError where the branch has none."""
    command = ["git", "-C", str(checkout), "show", f"{branch}:jsonschema/{kind}.jsonschema.json"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if (
        kind == "dashboard"
    ):  # Grafana's source has `number | null`, for the colour below all others; 10.1's lost the null
        found["definitions"]["Threshold"]["properties"]["value"] = {"type": ["number", "null"]}
    return found


if __name__ == "__main__":
    checkout, branch, target = sys.argv[1:]
    found = {kind: reduced(schema(Path(checkout), branch, kind)) for kind in KINDS}
    Path(target).write_text(json.dumps(found, separators=(",", ":")) + "\n")
