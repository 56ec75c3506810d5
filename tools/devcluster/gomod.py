"""Regenerates binary/go.mod and go.sum: `python3 -m tools.devcluster.gomod`.

To change the version of Kubernetes, change its `require` line in binary/go.mod and run this. k8s.io/kubernetes takes
its own libraries (the staging modules) from folders beside it, which no other module can; each of them is also
published under version 0.MINOR.PATCH, and a `replace` line for each says so.
"""

import json
import re
import subprocess
from pathlib import Path

from tools.devcluster.places import MODULE
from tools.devcluster.versions import versions

STAGING = re.compile(r"^\s*(k8s\.io/\S+) => \./staging/", re.MULTILINE)
REPLACE_BLOCK = re.compile(r"\nreplace \(\n.*?\n\)\n", re.DOTALL)


def main() -> None:
    """Writes the replace block for the version that is required, then lets Go complete and check both files."""
    kubernetes = versions().kubernetes
    lines = [f"\t{module} => {module} {_library_version(kubernetes)}" for module in _staging_modules(kubernetes)]
    file = MODULE / "go.mod"
    kept = REPLACE_BLOCK.sub("", file.read_text()).rstrip("\n")
    file.write_text("\n".join([kept, "", "replace (", *lines, ")", ""]))
    subprocess.run(["go", "mod", "tidy"], cwd=MODULE, check=True)


def _library_version(kubernetes: str) -> str:
    """1.36.3 -> v0.36.3"""
    return "v0." + kubernetes.partition(".")[2]


def _staging_modules(kubernetes: str) -> list[str]:
    command = ["go", "mod", "download", "-json", f"k8s.io/kubernetes@v{kubernetes}"]
    found = json.loads(subprocess.run(command, cwd="/", stdout=subprocess.PIPE, check=True).stdout)
    return sorted(set(STAGING.findall(Path(found["GoMod"]).read_text())))


if __name__ == "__main__":
    main()
