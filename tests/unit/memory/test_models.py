"""A model's size is read from its files: from a folder, and from a hub that speaks as Hugging Face's does."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.hub.hub import Hub
from tests.hub.repository import Repository, from_contents
from tests.hub.server import serving
from tests.unit.operator.made import resolved

from modelserver_operator.cli.modelfiles import ModelFiles
from modelserver_operator.cli.models import Models
from modelserver_operator.resolve.memory import Unknown

REPO = "acme/small"
CONFIG = b'{"architectures": ["LlamaForCausalLM"]}'
INDEX = "model.safetensors.index.json"


def tensors(*sizes: int) -> bytes:
    """A safetensors file of that many tensors."""
    ends = [sum(sizes[: count + 1]) for count in range(len(sizes))]
    places = {f"t{end}": {"data_offsets": [end - size, end]} for size, end in zip(sizes, ends, strict=True)}
    header = json.dumps({"__metadata__": {"format": "pt"}, **places}).encode()
    return struct.pack("<Q", len(header)) + header + b"\0" * sum(sizes)


SINGLE = {"config.json": CONFIG, "model.safetensors": tensors(300, 700)}
INDEXED = {
    "config.json": CONFIG,
    INDEX: json.dumps({"metadata": {"total_size": 4242}, "weight_map": {"t": "a.safetensors"}}).encode(),
}
UNSUMMED = {
    "config.json": CONFIG,
    INDEX: json.dumps({"weight_map": {"t": "a.safetensors", "u": "b.safetensors", "v": "b.safetensors"}}).encode(),
    "a.safetensors": tensors(100),
    "b.safetensors": tensors(20, 30),
}


def in_folder(folder: Path, contents: Mapping[str, bytes]) -> Models:
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return Models(folder, {}, offline=False, environment={})


def files(found: ModelFiles | Unknown) -> ModelFiles:
    assert isinstance(found, ModelFiles), found
    return found


def why(found: ModelFiles | Unknown) -> str:
    assert isinstance(found, Unknown), found
    return found.why


@pytest.mark.parametrize(
    ("contents", "size", "said_by"),
    [
        (SINGLE, 1000, "the header of model.safetensors"),
        (INDEXED, 4242, f"total_size of {INDEX}"),
        (UNSUMMED, 150, "the headers of the files"),
    ],
)
def test_a_folder_tells_the_size(tmp_path: Path, contents: Mapping[str, bytes], size: int, said_by: str) -> None:
    found = files(in_folder(tmp_path, contents).read(resolved()))
    assert found.config == {"architectures": ["LlamaForCausalLM"]}
    assert (found.weights_bytes, found.why, found.where) == (size, said_by, f"folder {tmp_path}")


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        ({"config.json": CONFIG}, "has neither model.safetensors.index.json nor model.safetensors"),
        ({"config.json": CONFIG, "model.safetensors": b"short"}, "model.safetensors of folder"),
        ({"config.json": CONFIG, "model.safetensors": struct.pack("<Q", 1 << 40)}, "is no safetensors file"),
        ({"config.json": CONFIG, INDEX: b"{}"}, "names no files"),
        ({"config.json": CONFIG, INDEX: b'{"weight_map": {"t": "gone.safetensors"}}'}, "lacks files that its"),
        *(
            (
                {"config.json": CONFIG, INDEX: json.dumps({"weight_map": {"t": name}}).encode()},
                "are no files of a model",
            )
            for name in (["x"], 3, "../other.safetensors", "a\0.safetensors", "/dev/zero")
        ),
        ({"config.json": CONFIG, INDEX: b"[" * 200_000}, "is no JSON"),
    ],
)
def test_a_size_that_cannot_be_read_is_none_with_the_reason(
    tmp_path: Path, contents: Mapping[str, bytes], reason: str
) -> None:
    found = files(in_folder(tmp_path, contents).read(resolved()))
    assert found.weights_bytes is None
    assert reason in found.why


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        ({}, "has no config.json"),
        ({"config.json": b"{"}, "is no JSON"),
        ({"config.json": b"[]"}, "is no JSON object"),
        ({"config.json": b"[" * 200_000}, "is no JSON"),
    ],
)
def test_without_a_config_nothing_is_known(tmp_path: Path, contents: Mapping[str, bytes], reason: str) -> None:
    assert reason in why(in_folder(tmp_path, contents).read(resolved()))


def test_a_claims_folder_is_the_volume(tmp_path: Path) -> None:
    (tmp_path / "qwen").mkdir()
    (tmp_path / "qwen" / "config.json").write_bytes(CONFIG)
    server = resolved(model={"persistentVolumeClaim": {"claimName": "models", "path": "qwen"}})
    found = files(Models(None, {"models": tmp_path}, offline=False, environment={}).read(server))
    assert found.where == f"folder {tmp_path}/qwen"
    assert "--claim models=FOLDER" in why(Models(None, {}, offline=False, environment={}).read(server))


def from_hub(hub: Hub, *, offline: bool = False, **environment: str) -> ModelFiles | Unknown:
    server = resolved(model={"huggingFace": {"repo": REPO}})
    return Models(None, {}, offline, {"HF_ENDPOINT": hub.url, **environment}).read(server)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Behind no proxy of this machine."""
    monkeypatch.setenv("NO_PROXY", "*")
    with serving(Hub({REPO: from_contents(SINGLE)})) as made:
        yield made


@pytest.mark.parametrize("ranges", [True, False])
def test_a_hub_tells_the_size_by_a_header(hub: Hub, ranges: bool) -> None:
    """Large files come from another server; where it knows ranges, no weights are loaded."""
    hub.ranges = ranges
    found = files(from_hub(hub))
    assert (found.weights_bytes, found.where) == (1000, f"{REPO} at main, from 127.0.0.1")
    header = len(SINGLE["model.safetensors"]) - 1000
    asked = [each.range for each in hub.asked if each.file == "model.safetensors" and each.path.startswith("/lfs/")]
    assert asked == ["bytes=0-7", f"bytes=8-{header - 1}"]


def test_the_token_goes_to_the_hub_alone(hub: Hub) -> None:
    hub.repositories[REPO] = Repository(from_contents(SINGLE).files, token="hf_secret")
    assert files(from_hub(hub, HF_TOKEN="hf_secret")).weights_bytes == 1000
    tokens: dict[bool, set[str]] = {
        lfs: {asked.token for asked in hub.asked if asked.path.startswith("/lfs/") is lfs} for lfs in (True, False)
    }
    assert tokens == {True: {""}, False: {"hf_secret"}}


def test_a_closed_repository_says_what_is_missing(hub: Hub) -> None:
    hub.repositories[REPO] = Repository(from_contents(SINGLE).files, token="hf_secret")
    assert why(from_hub(hub)).endswith("cannot be read: 401 Invalid username or password.; HF_TOKEN is not set")


@pytest.mark.parametrize(("status", "said"), [(503, "the hub answers 503"), (429, "the hub answers 429")])
def test_a_hub_that_has_no_time(hub: Hub, status: int, said: str) -> None:
    hub.refuse = [(status, {})]
    assert said in why(from_hub(hub))


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [("http://127.0.0.1:1", "Connection refused"), ("ftp://hub", "no http or https address"), ("hub", "no http or")],
)
def test_a_hub_that_is_not_there(monkeypatch: pytest.MonkeyPatch, endpoint: str, said: str) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    assert said in why(from_hub(Hub({}, url=endpoint)))


@pytest.mark.parametrize("told", [{"offline": True}, {"HF_HUB_OFFLINE": "1"}])
def test_no_hub_is_asked_where_that_is_forbidden(hub: Hub, told: dict[str, Any]) -> None:
    assert "the hub is not asked" in why(from_hub(hub, **told))
    assert hub.asked == []
