"""One id per request: the caller's if it is harmless, else our own. It stands in the reply and in the log."""

import re
import uuid

from starlette.types import Scope

# What reaches a header and a log line: no spaces, no control characters, no megabytes.
ACCEPTED = re.compile(rb"[A-Za-z0-9._:-]{1,128}")


def request_id(scope: Scope) -> str:
    """The caller's x-request-id, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and ACCEPTED.fullmatch(value):
            return bytes(value).decode()
    return f"req_{uuid.uuid4().hex}"
