"""Which files of a repository are downloaded, and how far a download says it is."""

import pytest

from modelserver_runtime.download.errors import NotPossibleError
from modelserver_runtime.download.files import Digest, RemoteFile, needed
from modelserver_runtime.download.progress import Progress, amount, duration

LISTINGS = {
    "safetensors before all other weights": (
        ["config.json", "model.safetensors", "pytorch_model.bin", "model.gguf", "tf_model.h5", "flax_model.msgpack"],
        ["config.json", "model.safetensors"],
    ),
    "shards with their index": (
        ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
        ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
    ),
    "bin where there are no safetensors": (
        ["config.json", "pytorch_model.bin", "training_args.bin", "optimizer.pt", "consolidated.00.pth"],
        ["config.json", "pytorch_model.bin"],
    ),
    "pt where there is nothing else": (["config.json", "model.pt"], ["config.json", "model.pt"]),
    "Mistral's own file, which vLLM prefers": (
        ["config.json", "params.json", "consolidated.safetensors", "model-00001-of-00001.safetensors", "tekken.json"],
        ["config.json", "params.json", "consolidated.safetensors", "tekken.json"],
    ),
    "the same weights in folders for others": (
        ["model.safetensors", "original/model.safetensors", "onnx/model.onnx", "metal/model.bin", "a/onnx/b.json"],
        ["model.safetensors"],
    ),
    "layers of an embedding model": (
        ["model.safetensors", "1_Dense/model.safetensors", "1_Dense/pytorch_model.bin", "1_Dense/config.json"],
        ["model.safetensors", "1_Dense/model.safetensors", "1_Dense/config.json"],
    ),
    "tokenizers, templates and code, and nothing for people": (
        ["m.safetensors", "tokenizer.model", "merges.txt", "chat_template.jinja", "modeling.py", "README.md", "a.png"],
        ["m.safetensors", "tokenizer.model", "merges.txt", "chat_template.jinja", "modeling.py"],
    ),
}


def files(paths: list[str]) -> list[RemoteFile]:
    return [RemoteFile(path, 1, Digest("sha256", path)) for path in paths]


@pytest.mark.parametrize(("listed", "expected"), LISTINGS.values(), ids=LISTINGS)
def test_what_vllm_needs_is_chosen(listed: list[str], expected: list[str]) -> None:
    assert [file.path for file in needed(files(listed), "acme/small")] == expected


@pytest.mark.parametrize("listed", [["config.json"], ["model.gguf"], ["sub/model.safetensors"], []])
def test_a_repository_without_weights_is_refused(listed: list[str]) -> None:
    with pytest.raises(NotPossibleError, match=r"spec\.model\.huggingFace\.repo: acme/small has no weights"):
        needed(files(listed), "acme/small")


def test_progress_says_done_total_percent_rate_and_time_left() -> None:
    now = [0.0]
    progress = Progress(total=100 * 1024**2, there=10 * 1024**2, clock=lambda: now[0])
    progress.add(40 * 1024**2)
    now[0] = 4
    assert progress.line() == "50.0 MiB of 100.0 MiB (50 %), 10.0 MiB/s, 5 s left"
    now[0] = 9
    assert progress.line() == "50.0 MiB of 100.0 MiB (50 %), 0 B/s, nothing comes"


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (15 * 1024**3, "15.0 GiB")]
)
def test_amounts(size: int, words: str) -> None:
    assert amount(size) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (125, "2 min 5 s"), (7300, "2 h 1 min")])
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
