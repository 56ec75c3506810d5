"""vLLM's lists of validation errors, in an API's own terms."""

import pytest

from modelserver_runtime.stages.validation import plain

MISSING = "{'type': 'missing', 'loc': 'body.n', 'msg': 'Field required', 'input': '<dict of 2 items>'}"
QUOTED = "{'type': 'value_error', 'loc': 'body', 'msg': \"Value error, can't be\", 'input': 'msg', 'ctx': {'error': 1}}"
SMUGGLED = "{'type': 'int_type', 'loc': 'body.n', 'msg': 'must be 1', 'input': \"'loc': 'x', 'msg': 'y', 'input': \"}"


def told(*errors: str) -> str:
    """As vLLM puts them together."""
    label = "error" if len(errors) == 1 else "errors"
    return f"{len(errors)} validation {label}:" + "".join(f"\n  {error}" for error in errors)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (told(MISSING), "n: Field required"),
        (told(QUOTED, SMUGGLED), "can't be; n: must be 1"),
        (told(MISSING, MISSING), "n: Field required"),
        (
            told(*(MISSING.replace("body.n", f"body.{name}") for name in "abcd")),
            "a: Field required; b: Field required; c: Field required",
        ),
        (told("{'type': 'odd'}"), told("{'type': 'odd'}")),
        ("temperature must be 1", "temperature must be 1"),
    ],
)
def test_a_list_of_errors_becomes_sentences(message: str, expected: str) -> None:
    assert plain(message, None) == (expected, None)


@pytest.mark.parametrize(("param", "expected"), [("body.n", "n"), ("body", None), ("n", "n"), (None, None)])
def test_a_field_is_named_as_its_caller_wrote_it(param: str | None, expected: str | None) -> None:
    assert plain("m", param) == ("m", expected)
