"""Checks of single fields, where vLLM's own are too late, too lax or missing."""

import re
from collections.abc import Callable
from typing import Any, Never

from modelserver_runtime.refusals import Refusal, Refused

INT32 = 2**31 - 1  # what vLLM hands to tensors
# Of chat templates: what a caller sets by other fields, and what vLLM's renderer would take as an order of its own.
RESERVED = frozenset(
    {"messages", "conversation", "tools", "documents", "chat_template", "tokenize", "return_dict", "return_tensors"}
    | {"padding", "truncation", "max_length", "tokenizer_kwargs", "add_generation_prompt", "continue_final_message"}
    | {"return_assistant_tokens_mask"}
)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
LONGEST_VARIABLE = 1000  # characters; what they switch are words such as "high"


def integer(least: int, most: int | None) -> Callable[[str, object], object]:
    """A whole number, as a number: vLLM would take "8", too, which we could not weigh and bound."""
    bounds = f"at least {least}" if most is None else f"from {least} to {most}"

    def check(name: str, value: object) -> object:
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        if (
            isinstance(whole, bool)
            or not isinstance(whole, int)
            or whole < least
            or (most is not None and whole > most)
        ):
            invalid(name, f"must be a whole number {bounds}")
        return whole

    return check


def only(allowed: object) -> Callable[[str, object], object]:
    """The one value that asks for nothing more than there is."""

    def check(name: str, value: object) -> object:
        if value != allowed or isinstance(value, bool):
            not_supported(name, f"only {allowed!r} is")
        return value

    return check


def truth(name: str, value: object) -> object:
    """true or false: vLLM would take "yes", too, which later stages would read differently."""
    if not isinstance(value, bool):
        invalid(name, "must be true or false")
    return value


def template_variables(name: str, value: object) -> object:
    """What a chat template is told: simple values under names that mean nothing to the renderer itself."""
    if not isinstance(value, dict):
        invalid(name, "must be an object")
    for key, each in value.items():
        if not VARIABLE.fullmatch(key) or key in RESERVED:
            invalid(f"{name}.{key[:64]}", "is no name of a template's own variable")
        if not _simple(each):
            invalid(f"{name}.{key}", "must be true, false, a number or a short text")
    return value


def _simple(value: object) -> bool:
    return (
        value is None
        or isinstance(value, bool | int | float)
        or (isinstance(value, str) and len(value) <= LONGEST_VARIABLE)
    )


def invalid(name: str, rule: str) -> Never:
    """Refuse a value that no request may have."""
    raise Refused(Refusal(400, "invalid_value", f"The field `{name}` {rule}.", param=name))


def not_supported(name: str, reason: str) -> Never:
    """Refuse what this server does not do."""
    raise Refused(Refusal(400, "not_supported", f"The field `{name}` is not supported: {reason}.", param=name))


def depth(value: object, enough: int) -> int:
    """How many levels of arrays and objects stand in each other, counted no further than one more than `enough`."""
    level, count = [value], 0
    while count <= enough and (level := [each for each in level if isinstance(each, (dict, list))]):
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
        count += 1
    return count


def items(value: object) -> list[Any]:
    """A list's items; none of anything else."""
    return value if isinstance(value, list) else []
