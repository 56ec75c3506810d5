"""One request's way to the engine and back: its body, what is changed in it, a slot, and vLLM's own app."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modelserver_runtime.admission.breaker import Attempt
from modelserver_runtime.admission.cost import Cost
from modelserver_runtime.admission.deadline import Connection, Deadline
from modelserver_runtime.admission.gate import Gate
from modelserver_runtime.admission.health import Health
from modelserver_runtime.config import Admission
from modelserver_runtime.emotions.active import Active
from modelserver_runtime.emotions.asking import ANSWER_HEADER
from modelserver_runtime.measure import Measure
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.prepare import Document, Prepare, Prepared
from modelserver_runtime.refusals import STARTING, Refused
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages import body, client, forward
from modelserver_runtime.stages.answer import Answer, Redactor
from modelserver_runtime.stages.rates import Rates
from modelserver_runtime.stages.routes import Kind, Route
from modelserver_runtime.stages.usage import Usage
from modelserver_runtime.steering.current import steered

# Path, body and answer: who takes out of this answer what is to be hidden, for as long as the engine works on it.
Conceal = Callable[[str, Document, Reply], AbstractAsyncContextManager[Redactor | None]]


def nothing_hidden(_path: str, _document: Document, _reply: Reply) -> AbstractAsyncContextManager[None]:
    """For models whose answers are shown as they are."""
    return contextlib.nullcontext()


class Ask:
    """Asks the engine. `engine` is vLLM's app, once there is one; `counting` the gate of what is only tokenized;
    `active` knows what unfinished requests are steered by."""

    def __init__(
        self,
        prepare: Prepare,
        gate: Gate,
        deadline: Deadline,
        metrics: Metrics,
        health: Health,
        *,
        active: Active,
        engine_name: str,
        counting: Gate,
        limits: Admission,
        conceal: Conceal = nothing_hidden,
        rates: Rates | None = None,
    ) -> None:
        self.engine: ASGIApp | None = None
        self.deadline = deadline
        self._prepare = prepare
        self._engine_name = engine_name
        self._gate = gate
        self._counting = counting
        self._metrics = metrics
        self._health = health
        self._active = active
        self._limits = limits
        self._conceal = conceal
        self._rates = rates

    async def __call__(self, route: Route, scope: Scope, receive: Receive, reply: Reply) -> None:
        """Answer one request that is accepted.

        Raises:
            Refused: what was asked cannot be done, or not now.
            ClientGone: the caller hung up.
        """
        if self.engine is None:
            raise Refused(STARTING)
        request = self._prepare(route, scope, await body.read(scope, receive, self._limits.max_body_bytes))
        steering = request.steering
        with self._measured(route, request.asked) as measure, self._active.held(steering.spec, own=steering.own):
            async with (
                self._charged(route, request.price, measure, reply),
                client.watched(receive) as gone,
                self._slot(route, gone, request.price.slots),
                self._conceal(scope["path"], request.document, reply) as redactor,
            ):
                with self._asking(route, reply) as attempt, steered(steering.spec):
                    self.deadline.check()
                    self._let_in(route, request, measure)
                    answer = self._answer(request, reply, measure, redactor)
                    inner = forward.inner_scope(scope, request.forwarded, reply.request_id)
                    connection = Connection(request.forwarded, gone, self._noticing(answer.send, attempt, measure))
                    await self.deadline.run(self.engine, inner, connection, reply)

    def _let_in(self, route: Route, request: Prepared, measure: Measure) -> None:
        """Not before there is nothing more in the way: who is refused in the last moment was never let in."""
        measure.waited()
        if route.kind is Kind.GENERATE:
            self._metrics.steered(request.steering.mix)

    def _answer(self, request: Prepared, reply: Reply, measure: Measure, redactor: Redactor | None) -> Answer:
        used = Usage(measure, hidden=request.hides_usage)
        reply.steering = told = request.steering.told
        headers = [(ANSWER_HEADER.encode(), told.encode())] if told else []
        return Answer(reply, self._engine_name, request.asked, used, redactor, headers=headers)

    def _noticing(self, send: Send, attempt: Attempt | None, measure: Measure) -> Send:
        """`send`; of a request that is tried, the first thing that the engine generates for it is noticed."""
        if attempt is None or not attempt.trial:
            return send

        async def noticing(message: Message) -> None:
            await send(message)
            if measure.generated:
                self._health.works(attempt)

        return noticing

    def _asking(self, route: Route, reply: Reply) -> AbstractContextManager[Attempt | None]:
        """What asks no more than the tokenizer says nothing of the engine."""
        return self._health.asking(reply) if route.kind is Kind.GENERATE else contextlib.nullcontext()

    @contextlib.contextmanager
    def _measured(self, route: Route, asked: str) -> Iterator[Measure]:
        """Measure a request; one that a sick engine is spared is measured as a failure, which it is to its caller.

        For that the name that it asks for has to be known: its body was read and found right by then, and what cannot
        be done is refused as such, whether the engine is well or not.
        """
        generates = route.kind is Kind.GENERATE
        with self._metrics.measure(asked) if generates else self._metrics.unmeasured() as measure:
            if generates:
                self._health.check()
            yield measure

    def _charged(self, route: Route, price: Cost, measure: Measure, reply: Reply) -> AbstractAsyncContextManager[None]:
        if self._rates is None or route.kind is Kind.COUNT:
            return contextlib.nullcontext()
        return self._rates.charged(price.prompt_tokens, measure, reply)

    def _slot(self, route: Route, gone: "client.Gone", slots: int) -> AbstractAsyncContextManager[None]:
        if route.kind is Kind.COUNT:
            return self._counting.slot(gone, self._limits.queue_timeout_seconds)
        return self._gate.slot(gone, self._limits.queue_timeout_seconds, slots)
