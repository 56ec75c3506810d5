"""The methods that vLLM adds to each of its workers (`worker_extension_cls`), called by name on all ranks."""

from functools import partial
from typing import Any

from modelserver_runtime.steering import layers, runner_v1, runner_v2, self_test
from modelserver_runtime.steering.report import VERSION
from modelserver_runtime.steering.state import Steering
from modelserver_runtime.steering.table import Table


class SteeringWorker:
    """Mixed into vLLM's worker, which has no attribute that begins as these do."""

    def steering_report(self) -> dict[str, Any]:
        """What the front end compares before the engine counts as started."""
        runner = self.model_runner  # type: ignore[attr-defined]
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

    def steering_stage(self, digest: str, offset: int, piece: bytes) -> None:
        """Take a piece of a vector's file."""
        self._steering().store.stage(digest, offset, piece)

    def steering_commit(self, digest: str) -> int:
        """Check what was staged, and hold it; returns the bytes that it takes."""
        return self._steering().commit(digest)

    def steering_forget(self, digests: list[str]) -> None:
        """Drop vectors as soon as no request names them."""
        self._steering().forget(digests)

    def steering_held(self) -> list[str]:
        """The digests that this worker holds."""
        return self._steering().store.held

    def _steering(self) -> Steering[Table]:
        steering: Steering[Table] = self.model_runner.steering  # type: ignore[attr-defined]
        return steering
