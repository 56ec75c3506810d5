"""Who hides the reasoning of one answer: a redactor for its route, and comments while nothing is to be seen."""

from contextlib import AbstractAsyncContextManager, nullcontext

from modelserver_runtime.admission.clock import Clock
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages.answer import Redactor
from modelserver_runtime.stages.field_table import CHAT, COUNT, MESSAGES, RESPONSES, TOKENIZE
from modelserver_runtime.stages.harmony.keep_alive import kept_alive
from modelserver_runtime.stages.harmony.redact_chat import ChatRedactor
from modelserver_runtime.stages.harmony.redact_messages import MessagesRedactor
from modelserver_runtime.stages.harmony.redact_responses import ResponsesRedactor

# A route that does not stand here is answered by nothing: better a failure than an answer that nobody looked through.
REDACTORS = {CHAT: ChatRedactor, RESPONSES: ResponsesRedactor, MESSAGES: MessagesRedactor, COUNT: None, TOKENIZE: None}


class Conceal:
    """Makes it for one request after another; `clock` measures the silence."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, path: str, reply: Reply) -> AbstractAsyncContextManager[Redactor | None]:
        """For as long as the engine works on an answer."""
        redactor = REDACTORS[path]
        return kept_alive(redactor(), reply, self._clock) if redactor else nullcontext()
