"""The page of what can be wrong, written from the situations that the tests make on purpose."""

import re

from tests.status_says import SAYS
from tests.trouble import TROUBLES, Trouble

from modelserver_operator.cli.status.advice import ADVICE

HEAD = """# What can be wrong, and what is said of it

Written by `make generate` from the situations that the tests make on purpose with a real API server, scheduler and
controllers, and from what is read there: the condition, its reason and message, and what
[`modelserver status`](status.md) says. … stands for what differs each time, such as the end of a pod's name. *Message*
is the message of the column before. [Every reason](modelserver.md#conditions) has its meaning and what to do about it.

| situation | condition, reason | message | `modelserver status` |
|---|---|---|---|"""

# What the command says around a message.
AROUND = r"((?:Serves: [^.]*answers?\. )?)(.*?)((?: (?:No pod|Meanwhile \d+ pods?|What ran [^.]*) answers?\.)?)"


def page() -> str:
    """The page as Markdown."""
    return "\n".join([HEAD, *map(_row, TROUBLES)]) + "\n"


def _row(trouble: Trouble) -> str:
    found = re.fullmatch(AROUND, SAYS[trouble.name][1])
    assert found, trouble.name  # AROUND matches everything
    before, message, after = found.groups()
    condition = f"`{trouble.condition}` is {trouble.status}, `{trouble.reason}`"
    cells = (trouble.made, condition, message, f"{before}*Message*{after}{_todo(trouble)}")
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _todo(trouble: Trouble) -> str:
    advice = ADVICE[trouble.reason]
    return "" if advice.told else f" To do: {advice.todo.format(name='NAME', namespace='NAMESPACE')}"
