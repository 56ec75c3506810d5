"""A name means one thing in all of the load test."""

import ast
from collections import defaultdict
from pathlib import Path

from modelserver_operator.cli.loadtest import command


def test_no_two_classes_have_the_same_name() -> None:
    folder = Path(command.__file__).parent
    places = defaultdict(list)
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(folder)))
    assert len(places) > 50
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
