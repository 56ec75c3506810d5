"""The demo model and its vectors: trained here in about a minute, the same bytes' recipe on every machine."""

from pathlib import Path

from tools.setup import engine
from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import ROOT, cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step

SOURCES = ROOT / "runtime" / "src"
VECTORS = SOURCES / "modelserver_runtime" / "vectors"
SEED = "1"


def folder() -> Path:
    """The folder with `model` and `vectors` in it; it may not be there yet."""
    vectors = SOURCES / "modelserver_runtime" / "vectors"
    recipe = (vectors / "demo_model", *sorted(vectors.glob("*.py")))  # not the tools, which it does without
    return cache() / "demo-model" / key(*recipe, SEED, engine.folder().name)


def _train(recorder: Recorder) -> None:
    with fresh(folder()) as making:
        environment = {"PYTHONPATH": str(SOURCES), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        command = ("-m", "modelserver_runtime", "demo-model", making, "--seed", SEED)
        recorder.run(engine.python(), *command, env=environment)


STEP = Step(
    name="model",
    purpose="Train the demo model and extract its vectors",
    needs=("engine",),
    done=lambda: folder().exists(),
    run=_train,
    advice="the log ends with the reason; the training itself stands in runtime/src/modelserver_runtime/vectors.",
)
