"""What a check finds, in the words of the conditions."""

from __future__ import annotations

from dataclasses import dataclass

from modelserver_operator.api.serverstatus import LONGEST_TEXT

# People take a few lines. The end of a log says why it ended.
LONGEST_QUOTE = 700
CUT = " ... (cut)"


@dataclass(frozen=True)
class Finding:
    """A cause: one word for programs, a message for people."""

    reason: str
    message: str


def quote(text: str) -> str:
    """The end of what somebody else said, on one line, for the end of a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"... {line[-LONGEST_QUOTE:]}"


def bounded(text: str) -> str:
    """The text, or its head and a mark: one that is too long would make the API server refuse the whole status."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(CUT)] + CUT


def size(number: int) -> str:
    """Bytes as people say them."""
    unit = "GiB" if number >= 1 << 30 else "MiB"
    return f"{number / (1 << (30 if unit == 'GiB' else 20)):.1f} {unit}"


def duration(seconds: int) -> str:
    """Seconds as people say them."""
    minutes, rest = divmod(seconds, 60)
    return " ".join(
        part for part in (f"{minutes} min" if minutes else "", f"{rest} s" if rest or not minutes else "") if part
    )
