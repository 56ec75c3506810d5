"""What a request in vLLM asks for, as the front end wrote it on it. Pure."""

import logging
from collections.abc import Mapping
from typing import Any

from modelserver_runtime.steering.spec import EXTRA_ARG, Spec

log = logging.getLogger(__name__)


def asked(params: Any) -> Spec | None:
    """The spec in a request's SamplingParams; a text that is none, which the front end never writes, counts as none."""
    extra: Mapping[str, Any] = getattr(params, "extra_args", None) or {}
    if EXTRA_ARG not in extra:
        return None
    try:
        return Spec.parse(extra[EXTRA_ARG])
    except (AttributeError, TypeError, ValueError):
        log.error("A request's %s is no spec, and is left out.", EXTRA_ARG)
        return None
