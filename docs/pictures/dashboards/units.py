"""Numbers as Grafana writes them in the units that the dashboards use."""

from collections.abc import Callable

SI = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
BYTES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))
TIMES = ((86400.0, "day", "days"), (3600.0, "hour", "hours"), (60.0, "min", "mins"))
SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def shown(value: float, unit: str, now: float = 0.0) -> str:
    """A value with its unit; `now`, in seconds since 1970, is what moments are compared with. Raises KeyError."""
    if unit == "dateTimeFromNow":
        return f"{_spans(now - value / 1000, 1)} ago"
    if unit.startswith("si:"):
        return _scaled(value, unit.removeprefix("si:"))
    return UNITS[unit](value)


def _short(value: float) -> str:
    return _scaled(value, "").replace("k", "K").rstrip()


def _scaled(value: float, word: str) -> str:
    size, letter = next(((size, letter) for size, letter in SI if abs(value) >= size), (1.0, ""))
    return f"{_digits(value / size)} {letter}{word}"


def _seconds(value: float) -> str:
    for size, one, many in TIMES:
        if abs(value) >= size:
            text = _digits(value / size)
            return f"{text} {one if text == '1' else many}"
    if value == 0 or abs(value) >= 1:
        return f"{_digits(value)} s"
    return f"{_digits(value * 1e3)} ms" if abs(value) >= 1e-3 else f"{_digits(value * 1e6)} µs"


def _bytes(value: float) -> str:
    size, word = next(((size, word) for size, word in BYTES if abs(value) >= size), (1, "B"))
    return f"{_digits(value / size)} {word}"


def _percent(value: float) -> str:
    return f"{_digits(value * 100)}%"


def _duration(value: float) -> str:
    return _spans(value, 2)


def _spans(seconds: float, most: int) -> str:
    """Its largest parts: 3 hours, 12 minutes."""
    left, words = max(round(seconds), 0), []
    for size, word in SPANS:
        number, left = divmod(left, size)
        if number:
            words.append(f"{number} {word}{'s' if number > 1 else ''}")
    return ", ".join(words[:most]) or "a moment"


def _digits(value: float) -> str:
    """Three digits that count; no zeros at the end."""
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


UNITS: dict[str, Callable[[float], str]] = {
    "short": _short,
    "s": _seconds,
    "reqps": lambda value: _scaled(value, "req/s"),
    "ops": lambda value: _scaled(value, "ops/s"),
    "percentunit": _percent,
    "bytes": _bytes,
    "dtdurations": _duration,
}
