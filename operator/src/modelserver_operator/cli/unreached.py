"""Why a server could not be asked, in the words of the operating system rather than of the HTTP client."""

from __future__ import annotations

import os
import ssl


def reason(error: Exception) -> str:
    """Such as "Connection refused". Of TLS, whose numbers mean something else, it is the error's own sentence."""
    if isinstance(error, OSError) and error.errno and not isinstance(error, ssl.SSLError):
        return os.strerror(error.errno) if error.errno > 0 else error.strerror or str(error)
    return str(error) or type(error).__name__
