"""What a check found, and how the process of a part hands it to the one that was started."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Check:
    """passed: None where this device or this plugin cannot be checked so; said: one line with the numbers."""

    name: str
    passed: bool | None
    said: str
    figures: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{ {True: 'passed', False: 'FAILED', None: 'skipped'}[self.passed]:<8} {self.name}: {self.said}"


def write(path: Path, checks: Iterable[Check]) -> None:
    """Append each check as soon as it is there: what was found outlives a crash."""
    with path.open("a", encoding="utf-8") as file:
        for check in checks:
            file.write(json.dumps(asdict(check)) + "\n")
            file.flush()


def read(path: Path) -> list[Check]:
    """The checks that `write` wrote; none where it wrote nothing."""
    return [Check(**json.loads(line)) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
