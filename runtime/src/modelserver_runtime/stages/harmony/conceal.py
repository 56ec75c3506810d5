"""Who hides the reasoning of one answer: a redactor for its route, and comments while nothing is to be seen."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from modelserver_runtime.admission.clock import Clock
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages import routes
from modelserver_runtime.stages.answer import Redactor
from modelserver_runtime.stages.harmony import stops
from modelserver_runtime.stages.harmony.keep_alive import kept_alive
from modelserver_runtime.stages.harmony.redact_chat import ChatRedactor
from modelserver_runtime.stages.harmony.redact_messages import MessagesRedactor
from modelserver_runtime.stages.harmony.redact_responses import ResponsesRedactor


class Conceal:
    """Makes it for one request after another; `clock` measures the silence."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(
        self, path: str, document: dict[str, Any], reply: Reply
    ) -> AbstractAsyncContextManager[Redactor | None]:
        """For as long as the engine works on an answer to `document`, a body as its caller sent it."""
        redactor = _redactor(path, document)
        return kept_alive(redactor, reply, self._clock) if redactor else nullcontext()


def _redactor(path: str, document: dict[str, Any]) -> Redactor | None:
    match path:
        case routes.CHAT:
            return ChatRedactor(stops.checked(path, document))
        case routes.MESSAGES:
            return MessagesRedactor(stops.checked(path, document))
        case routes.RESPONSES:
            return ResponsesRedactor()
        case routes.COUNT | routes.TOKENIZE:
            return None
    raise ValueError(f"Nobody would look through an answer of {path}.")
