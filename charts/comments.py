"""The comments of a values.yaml: what stands right above a key describes it. YAML's own parser drops them."""

import re
from collections.abc import Iterator

COMMENT = re.compile(r"^(?P<indent> *)# ?(?P<text>.*)$")
KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z][\w-]*):")

Place = tuple[str, ...]


def comments(text: str) -> dict[Place, str]:
    """The comment above each key of block mappings, as one paragraph, by the path of the key."""
    return {path: " ".join(lines) for path, lines in _commented(text) if lines}


def _commented(text: str) -> Iterator[tuple[Place, list[str]]]:
    above: list[str] = []
    path: list[tuple[int, str]] = []  # how far each key on the way here is indented, and its name
    for line in text.splitlines():
        if comment := COMMENT.match(line):
            above.append(comment["text"])
            continue
        if key := KEY.match(line):
            indent = len(key["indent"])
            path = [*(step for step in path if step[0] < indent), (indent, key["key"])]
            yield tuple(name for _, name in path), above
        above = []
