"""What vLLM says of a body that breaks its schema, without Python's and pydantic's own words around it."""

import re

# One error a line, as vLLM renders pydantic's: type, loc and msg stand before all that the caller wrote.
ERROR = re.compile(
    r"^ +\{'type': '\w+', 'loc': '(?P<loc>[^']*)', 'msg': (?P<quote>['\"])(?P<message>.*?)(?P=quote), 'input': ",
    re.MULTILINE,
)
INTRODUCED = re.compile(r"\d+ validation errors?:\n")
TOLD = 3  # a value of several possible types has an error for each of them


def plain(message: str, param: str | None) -> tuple[str, str | None]:
    """The same message and parameter in an API's own terms: `max_tokens: Field required` of `max_tokens`.

    A message that is not vLLM's list of validation errors stays as it is.
    """
    found = ERROR.finditer(message) if INTRODUCED.match(message) else ()
    told = dict.fromkeys(_sentence(error["loc"], error["message"]) for error in found)
    return "; ".join([*told][:TOLD]) or message, _field(param or "") or None


def _sentence(loc: str, message: str) -> str:
    field, said = _field(loc), message.removeprefix("Value error, ")
    return f"{field}: {said}" if field else said


def _field(loc: str) -> str:
    return "" if loc == "body" else loc.removeprefix("body.")
