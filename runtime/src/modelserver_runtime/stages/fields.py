"""Lets of a body's fields only those on to vLLM that are a caller's to send; see field_table."""

from typing import Any

from modelserver_runtime.refusals import LONGEST_ECHO, Refusal, Refused
from modelserver_runtime.stages.field_table import BY_ROUTE, Decision, Field
from modelserver_runtime.stages.field_values import not_supported


def allowed(path: str, document: dict[str, Any]) -> dict[str, Any]:
    """The fields of a body that pass.

    A null is as good as no field. A refused field is dropped, too, where its value asks for nothing: false, 0, "", []
    or {}, which clients send that write every default out.

    Raises:
        Refused: 400; `param` names the field.
    """
    table = BY_ROUTE[path]
    passed = {}
    for name, value in document.items():
        if value is None:
            continue
        field = table.get(name)
        if field is None:
            raise Refused(_unknown(name[:LONGEST_ECHO]))
        checked = _checked(field, value)
        if field.decision is Decision.PASSED:
            passed[name] = checked
    _no_echo_with_logprobs(passed)
    return passed


def _checked(field: Field, value: object) -> object:
    if field.decision is Decision.REFUSED and value:
        not_supported(field.name, field.why)
    return field.check(field.name, value) if field.check else value


def _no_echo_with_logprobs(document: dict[str, Any]) -> None:
    """vLLM turns both together into prompt_logprobs; 3,000 tokens of prompt took its CPU engine 23 s."""
    asked = document.get("logprobs")
    if document.get("echo") and asked is not None and asked is not False:
        not_supported("echo", "with `logprobs` it takes memory for each token of the prompt times the vocabulary")


def _unknown(name: str) -> Refusal:
    return Refusal(400, "unknown_field", f"Unknown field `{name}`.", param=name)
