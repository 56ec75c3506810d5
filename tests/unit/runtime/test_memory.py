"""How much memory there is: the machine's, or less where a container has a limit."""

from pathlib import Path

import pytest

from modelserver_runtime import memory

MACHINE = "MemTotal:       24000 kB\nMemFree:         100 kB\nMemAvailable:    8000 kB\n"


@pytest.mark.parametrize(
    ("limit", "machine", "usable"),
    [
        (None, MACHINE, 8000 * 1024),
        ("max\n", MACHINE, 8000 * 1024),
        ("4096000\n", MACHINE, 4096000),
        ("99999999999\n", MACHINE, 8000 * 1024),
        ("4096000\n", None, 4096000),
        (None, None, 0),
        (None, "MemTotal: 24000 kB\n", 0),
    ],
)
def test_the_smaller_of_what_is_available_and_what_is_allowed(
    tmp_path: Path, limit: str | None, machine: str | None, usable: int
) -> None:
    for name, text in (("limit", limit), ("machine", machine)):
        if text is not None:
            (tmp_path / name).write_text(text)
    assert memory.usable(tmp_path / "limit", tmp_path / "machine") == usable


def test_this_machine_has_some() -> None:
    assert memory.usable() > 1 << 20
