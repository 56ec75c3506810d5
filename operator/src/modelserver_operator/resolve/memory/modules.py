"""The names by which a format says which modules it leaves as they are."""

from __future__ import annotations

import re
from collections.abc import Callable

from modelserver_operator.resolve.memory.fields import shown
from modelserver_operator.resolve.memory.shape import UnknowableError

# A pattern comes with a model. With so few repetitions, and none of a group, matching a module's name ends soon.
MOST_REPETITIONS, MOST_GROUPS, LONGEST = 4, 4, 1000
REPETITION, OF_GROUP = re.compile(r"[*+{]|(?<!\()\?"), re.compile(r"\)[*+{?]")


def named(name: str) -> Callable[[str], bool]:
    """Whether a module is meant: by a regular expression after "re:", or by whole parts of its path. In a model that
    also sees, the language model's modules have a prefix. Raises UnknowableError."""
    if name.startswith("re:"):
        pattern = _compiled(name.removeprefix("re:"))
        return lambda module: pattern.match(module) is not None
    parts = f".{name.replace('language_model.', '')}."
    return lambda module: parts in f".{module}."


def _compiled(pattern: str) -> re.Pattern[str]:
    few = len(REPETITION.findall(pattern)) <= MOST_REPETITIONS and pattern.count("(") <= MOST_GROUPS
    if not few or OF_GROUP.search(pattern) or len(pattern) > LONGEST:
        raise UnknowableError(f"its format names modules by a pattern that is too intricate here: {shown(pattern)}")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UnknowableError(f"its format names modules by {shown(pattern)}, which is no pattern") from error
