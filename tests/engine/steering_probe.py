"""Run by the engine's Python, without an engine: parts of the plugin that need torch, on models made wrong on purpose.

Prints one JSON object.
"""

import hashlib
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import numpy as np
import torch
from torch import Tensor, nn

from modelserver_runtime.steering import layers, self_test
from modelserver_runtime.steering.spec import Term
from modelserver_runtime.steering.state import Steering
from modelserver_runtime.steering.store import Store
from modelserver_runtime.steering.table import Table
from modelserver_runtime.steering.worker import SteeringWorker
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.vector import Band, Calibration, Description, Vector

LAYERS, WIDTH, ROWS, TOKENS = 5, 32, 9, 16


class Whole(nn.Module):  # type: ignore[misc]
    """Gives the stream."""

    def __init__(self) -> None:
        super().__init__()
        self.mlp = nn.Linear(WIDTH, WIDTH)

    def forward(self, stream: Tensor) -> Any:
        return stream + 0.1 * self.mlp(stream)


class Pair(Whole):
    """Gives the stream as the sum of two."""

    def forward(self, stream: Tensor, residual: Tensor | None = None) -> Any:
        residual = stream if residual is None else stream + residual
        return 0.1 * self.mlp(residual), residual


class Unused(Pair):
    """Gives a second that is no part of the stream, and takes it: vLLM's CohereDecoderLayer does."""

    def forward(self, stream: Tensor, residual: Tensor | None = None) -> Any:
        return stream + 0.1 * self.mlp(stream), stream


class Halved(Pair):
    """Counts the second only half."""

    def forward(self, stream: Tensor, residual: Tensor | None = None) -> Any:
        return super().forward(stream, None if residual is None else residual / 2)


class Model(nn.Module):  # type: ignore[misc]
    """Idle tokens through all layers."""

    def __init__(self, kind: type[Whole]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList(kind() for _ in range(LAYERS))
        self.start = nn.Parameter(torch.randn(WIDTH))

    def forward(self, tokens: int) -> Tensor:
        """tokens × width."""
        given: Any = (self.start.expand(tokens, WIDTH),)
        for layer in self.layers:
            given = layer(*given)
            given = given if isinstance(given, tuple) else (given,)
        return nn.functional.layer_norm(given[0] if isinstance(self.layers[0], Unused) else sum(given), (WIDTH,))


def proof(kind: type[Whole], wrong: Callable[[Model, Table], None] = lambda model, table: None) -> str | None:
    """What the self-test says of a model whose layers are hooked, after `wrong` was done to it."""
    model, table = hooked(kind)
    wrong(model, table)
    with torch.inference_mode():
        said = self_test.problem(model, [*enumerate(model.layers)], table, lambda tokens, _: model(tokens))
    assert not table.deltas.any()
    assert not table.rows.any()
    return said


def hooked(kind: type[Whole]) -> tuple[Model, Table]:
    model, table = Model(kind), Table(LAYERS, ROWS, WIDTH, TOKENS, dtype=torch.float32, device=torch.device("cpu"))
    for number, layer in enumerate(layers.find(model, LAYERS)):
        layers.hook(layer, table.deltas[number], table.rows)
    return model, table


def another_layers_row(model: Any, table: Table) -> None:
    model.layers[2].steering_table = table.deltas[3]


def every_token(model: Any, table: Table) -> None:
    """Of one layer, as if all tokens had the row of its marked one, whatever the step."""
    model.layers[1].steering_rows = torch.full_like(table.rows, 2)


def added_twice(model: Any, table: Table) -> None:
    base = type(model.layers[4])

    class Twice(base):  # type: ignore[misc, valid-type]
        def forward(self, *args: Any) -> Any:
            given = super().forward(*args)
            return given + self.steering_table.index_select(0, self.steering_rows[: len(given)])

    model.layers[4].__class__ = Twice


def unhooked(model: Any, table: Table) -> None:
    model.layers[0].__class__ = Whole


def skipped(model: Any, table: Table) -> None:
    del model.layers[3]


def refusal(work: Callable[[], Any]) -> str:
    """The sentence of the error."""
    try:
        work()
    except (VectorError, layers.LayersError) as error:
        return str(error)
    return ""


def vector(width: int = WIDTH) -> Vector:
    rng = np.random.default_rng(3)
    direction = rng.standard_normal((LAYERS, width)).astype(np.float32)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    model = ModelIdentity(name="probe", config_sha256="0" * 64, layers=LAYERS, hidden_size=width)
    description = Description(
        name="joy", model=model, method="none", data="none", band=Band(first=1, last=3), factor=2.0,
        calibration=Calibration(kl_per_token=0.1, text="none"),
    )  # fmt: skip
    return Vector(description, direction, np.full(LAYERS, 3, np.float32))


def staged(store: Store, data: bytes, digest: str = "") -> str:
    """Stage the bytes in two pieces and commit them; returns the digest."""
    digest = digest or hashlib.sha256(data).hexdigest()
    half = len(data) // 2
    store.stage(digest, 0, data[:half])
    store.stage(digest, half, data[half:])
    store.commit(digest)
    return digest


def held() -> dict[str, Any]:
    """What a store of layers 1, 3 and 4 says and gives."""
    joy, store = vector(), Store(LAYERS, WIDTH, [1, 3, 4])
    digest = staged(store, joy.to_bytes())
    expected = np.stack([joy.delta(number, -0.25) for number in (1, 3, 4)])
    found = store.sum([Term(digest, -25), Term("f" * 64, 100)])
    return {
        "held": store.held == [digest],
        "bytes": store.commit(digest),
        "sum": float(np.abs(found - expected).max()),
        "moved": float(np.abs(found).max()),
        "other_bytes": refusal(lambda: staged(store, b"abc", "0" * 64)),
        "a_pickle": refusal(lambda: staged(store, b"\x80\x04 a pickle")),
        "a_gap": refusal(lambda: store.stage("1" * 64, 5, b"abc")),
        "another_width": refusal(lambda: staged(store, vector(WIDTH * 2).to_bytes())),
    }


def dropped() -> list[str]:
    """What is left in a store whose one vector was dropped."""
    store = Store(LAYERS, WIDTH, [1])
    store.drop([staged(store, vector().to_bytes())])
    return store.held


def answers() -> dict[str, Any]:
    """What a worker's methods answer where they must refuse, and where all is well."""
    table = Table(1, ROWS, WIDTH, TOKENS, dtype=torch.float32, device=torch.device("cpu"))
    worker: Any = SteeringWorker()
    worker.model_runner = SimpleNamespace(steering=Steering(Store(LAYERS, WIDTH, [1]), table, ROWS))
    data = vector().to_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return {
        "gap": worker.steering_stage(digest, 5, b"abc"),
        "nothing_staged": worker.steering_commit("0" * 64),
        "stage": worker.steering_stage(digest, 0, data),
        "commit": worker.steering_commit(digest),
        "held": worker.steering_held() == [digest],
        "forget": worker.steering_forget([digest]),
        "held_after": worker.steering_held(),
        "report": worker.steering_report()["problems"],  # of a runner without a model
        "unsteered": _without_steering().steering_commit("0" * 64),
    }


def _without_steering() -> Any:
    worker: Any = SteeringWorker()
    worker.model_runner = SimpleNamespace()
    return worker


def two_lists() -> str:
    model = Model(Whole)
    model.vision = nn.ModuleList(Whole() for _ in range(LAYERS))
    return refusal(lambda: layers.find(model, LAYERS))


def proofs() -> dict[str, Any]:
    """What the self-test says of each model."""
    return {
        "right": {kind.__name__: proof(kind) for kind in (Whole, Pair)},
        "unused": proof(Unused),
        "halved": proof(Halved),
        **{wrong.__name__: proof(Whole, wrong) for wrong in (another_layers_row, every_token, added_twice, unhooked)},
        "skipped": proof(Whole, skipped),
    }


def two_at_once() -> dict[str, Any]:
    """The same where two layers are looked at after two others, and how many tensors were kept at once at most."""
    kept, most, parts = WeakSet[Tensor](), 0, self_test._parts

    def counting(output: Any) -> tuple[Tensor, ...]:
        nonlocal most
        found = parts(output)
        kept.update(found)
        most = max(most, len(kept))
        return found

    self_test.AT_ONCE, self_test._parts = 2, counting
    return {**proofs(), "kept": most}


def main() -> None:
    found = {
        **proofs(),
        "two_at_once": two_at_once(),
        "no_list": refusal(lambda: layers.find(Model(Whole), LAYERS + 1)),
        "two_lists": two_lists(),
        "store": held(),
        "dropped": dropped(),
        "worker": answers(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
