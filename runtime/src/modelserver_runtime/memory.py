"""How much memory this process may really use: the container's limit, not the node's size."""

from pathlib import Path

LIMIT = Path("/sys/fs/cgroup/memory.max")  # cgroup 2: "<bytes>" or "max"
MACHINE = Path("/proc/meminfo")


def usable(limit: Path = LIMIT, machine: Path = MACHINE) -> int:
    """Bytes: what other processes leave of the machine, and no more than the limit. 0 where neither is known."""
    return min((each for each in (_available(machine), _limit(limit)) if each is not None), default=0)


def _available(machine: Path) -> int | None:
    """MemAvailable, which the kernel tells in KiB."""
    for line in _text(machine).splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None


def _limit(limit: Path) -> int | None:
    text = _text(limit).strip()
    return int(text) if text.isdecimal() else None


def _text(file: Path) -> str:
    """Empty where it is not there: another kernel, or no container."""
    try:
        return file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
