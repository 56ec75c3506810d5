"""The methods that vLLM adds to each of its workers (`worker_extension_cls`), called by name on all ranks."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from modelserver_runtime.steering import layers, runner_v1, runner_v2, self_test
from modelserver_runtime.steering.report import VERSION
from modelserver_runtime.steering.state import Steering
from modelserver_runtime.steering.table import Table

T = TypeVar("T")


class SteeringWorker:
    """Mixed into vLLM's worker, which has no attribute that begins as these do.

    What goes wrong here is answered as a sentence, never raised: where several workers raise, vLLM 0.32 reads only the
    first, takes the others' exceptions for answers to later calls, and the engine dies.
    """

    def steering_report(self) -> dict[str, Any]:
        """What the front end compares before the engine counts as started."""
        runner = self.model_runner  # type: ignore[attr-defined]
        told = _told(lambda: _report(runner))
        return {"version": VERSION, "problems": [told]} if isinstance(told, str) else told

    def steering_stage(self, digest: str, offset: int, piece: bytes) -> str | None:
        """Take a piece of a vector's file; None, or why not."""
        return _told(lambda: self._steering().store.stage(digest, offset, piece))

    def steering_commit(self, digest: str) -> int | str:
        """Check what was staged, and hold it; the bytes that it takes, or why not."""
        return _told(lambda: self._steering().commit(digest))

    def steering_forget(self, digests: list[str]) -> str | None:
        """Drop vectors as soon as no request names them; None, or why not."""
        return _told(lambda: self._steering().forget(digests))

    def steering_held(self) -> list[str] | str:
        """The digests that this worker holds."""
        return _told(lambda: self._steering().store.held)

    def _steering(self) -> Steering[Table]:
        steering: Steering[Table] = self.model_runner.steering  # type: ignore[attr-defined]
        return steering


def _report(runner: Any) -> dict[str, Any]:
    kind = runner_v2 if runner_v2.runs(runner) else runner_v1
    steering: Steering[Table] | None = runner.__dict__.get("steering")
    problems = [each.problem for each in kind.TARGETS if each.problem]
    if steering is None:
        return {"version": VERSION, "problems": [*problems, "The model's layers were not hooked."]}
    model, (count, hidden_size) = runner.get_model(), steering.store.shape
    found = layers.find(model, count)
    numbers = list(layers.hooked(found))
    mine = [(number, found[number]) for number in numbers]
    return {
        "version": VERSION,
        "problems": problems,
        "runner": "V2" if kind is runner_v2 else "V1",
        "layers": numbers,
        "model_layers": count,
        "hidden_size": hidden_size,
        "rows": steering.rows,
        "self_test": steering.proven(
            lambda table: self_test.problem(model, mine, table, partial(kind.forward, runner))
        ),
    }


def _told(work: Callable[[], T]) -> T | str:
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the outermost edge: see SteeringWorker
        return str(error) or type(error).__name__
