"""`modelserver run` with models that lie on no volume: those of the hub are downloaded first, images are folders."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from tests.crd_cases import server, server_class
from tests.hub.hub import Hub
from tests.hub.repository import from_contents
from tests.hub.server import serving
from tests.unit.operator.run.process import Start, ends, refused, said, with_vllm

HUB = {"huggingFace": {"repo": "org/name", "revision": "refs/pr/1"}}
TOKEN = {"huggingFace": {"repo": "org/name", "tokenSecretRef": {"name": "hub", "key": "token"}}}
REFERENCE = "registry.example.com:5000/models/qwen:1"
IMAGE = {"image": {"reference": REFERENCE, "path": "/qwen"}}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The folder of a Secret with a token."""
    folder = tmp_path / "secret"
    folder.mkdir()
    (folder / "token").write_text("hf_secret\n", encoding="utf-8")
    return folder


def test_a_model_of_the_hub_is_downloaded_and_then_served(start: Start, tmp_path: Path) -> None:
    cache = tmp_path / "not" / "there"
    status, output, errors = ends(start("--cache", str(cache), manifests=[server(model=HUB)], END="0"))
    assert status == 0, errors
    download, serve = map(json.loads, output.splitlines())
    folder = f"{cache}/org--name/refs--pr--1"
    words = ["--repo", "org/name", "--revision", "refs/pr/1", "--to", folder]
    assert download["arguments"] == ["download", *words]
    assert serve["config"]["model"]["path"] == folder
    assert f"org/name at refs/pr/1 lies in {folder}, or is downloaded to it now" in errors


def test_downloads_are_kept_in_the_home_folder(start: Start, tmp_path: Path) -> None:
    _, output, _ = ends(start(manifests=[server(model=HUB)], END="0", HOME=str(tmp_path)))
    folder = f"{tmp_path}/.cache/modelserver-models/org--name/refs--pr--1"
    assert json.loads(output.splitlines()[1])["config"]["model"]["path"] == folder


def test_only_the_download_looks_at_the_hub(start: Start, tmp_path: Path, secret: Path) -> None:
    process = start(
        *("--cache", str(tmp_path), "--secret", f"hub={secret}"), manifests=[server(model=TOKEN)], END="0", HF_TOKEN=""
    )
    _, output, errors = ends(process)
    download, serve = map(json.loads, output.splitlines())
    assert download["environment"] == {"HF_HUB_OFFLINE": "0", "HF_TOKEN": "hf_secret"}
    assert (serve["environment"]["HF_HUB_OFFLINE"], serve["environment"]["HF_TOKEN"]) == ("1", "")
    assert "not used" not in errors


@pytest.mark.parametrize("by_class", [True, False])
def test_who_bars_the_hub_is_heard(start: Start, tmp_path: Path, by_class: bool) -> None:
    variables = [{"name": "HF_HUB_OFFLINE", "value": "1"}] if by_class else []
    manifests = [server(model=HUB, className="small"), server_class(environment=variables)]
    shell = {} if by_class else {"HF_HUB_OFFLINE": "1"}
    _, output, _ = ends(start("--cache", str(tmp_path), manifests=manifests, END="0", **shell))
    assert json.loads(output.splitlines()[0])["environment"]["HF_HUB_OFFLINE"] == "1"


def test_a_download_that_fails_ends_the_run_with_its_status(start: Start, tmp_path: Path) -> None:
    process = start("--cache", str(tmp_path), manifests=[server(model=HUB)], DOWNLOADED="5")
    status, output, _ = ends(process)
    assert status == 5
    assert len(output.splitlines()) == 1
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_signal_ends_the_download_and_nothing_is_served(start: Start, tmp_path: Path) -> None:
    process = start("--cache", str(tmp_path), manifests=[server(model=HUB)], ENDLESS="1")
    said(process)
    process.send_signal(signal.SIGINT)
    status, output, errors = ends(process)
    assert (status, output) == (128 + signal.SIGTERM, "")
    assert "the download stops; what has come is kept" in errors


def test_a_token_that_is_not_in_its_secret(start: Start, tmp_path: Path) -> None:
    process = start("--cache", str(tmp_path), "--secret", f"hub={tmp_path}", manifests=[server(model=TOKEN)])
    status, output, errors = ends(process)
    assert (status, output) == (2, "")
    assert f"--secret hub: there is no file {tmp_path}/token, which tokenSecretRef names." in errors


def test_a_model_in_an_image_is_the_folder_that_is_given(start: Start, models: Path) -> None:
    process = start("--image", f"{REFERENCE}={models}", manifests=[server(model=IMAGE)], END="0")
    status, output, errors = ends(process)
    assert status == 0, errors
    assert json.loads(output)["config"]["model"]["path"] == f"{models}/qwen"


def test_a_missing_image_names_the_flag(tmp_path: Path) -> None:
    status, errors = refused(tmp_path, manifests=[server(model=IMAGE)])
    assert status == 2
    assert f"spec.model is in the image {REFERENCE}, which is not pulled here" in errors
    assert f"--image {REFERENCE}=FOLDER" in errors


def test_an_unused_image_is_told(start: Start, models: Path) -> None:
    arguments = ["--claim", f"models={models}", "--image", f"{REFERENCE}={models}"]
    status, _, errors = ends(start(*arguments, manifests=[server()], END="0"))
    assert status == 0
    assert f"--image {REFERENCE} is not used by demo" in errors


def test_what_is_asked_for_and_not_done_is_told(start: Start, models: Path) -> None:
    manifests = [server(monitoring={"slo": {"e2eP95Milliseconds": 300001}})]
    status, _, errors = ends(start("--claim", f"models={models}", manifests=manifests, END="0"))
    assert status == 0
    assert "ModelServer demo: spec.monitoring.slo.e2eP95Milliseconds is more than 300000 ms" in errors


def test_the_real_runtime_brings_the_model_from_a_hub(start: Start, tmp_path: Path, secret: Path) -> None:
    """Then it goes on to serve, and ends since what passes for vLLM here is none."""
    (tmp_path / "engine").mkdir()
    with_vllm(tmp_path / "engine")
    model = {"huggingFace": {**TOKEN["huggingFace"], "repo": "acme/small"}}
    files = {"config.json": b"{}", "model.safetensors": bytes(range(256)) * 100}
    with serving(Hub({"acme/small": from_contents(files)})) as hub:
        reached = {"PYTHONPATH": str(tmp_path / "engine"), "HF_ENDPOINT": hub.url, "NO_PROXY": "*"}
        arguments = ["--cache", str(tmp_path), "--secret", f"hub={secret}"]
        status, _, errors = ends(start(*arguments, manifests=[server(model=model)], **reached))
    assert {name: (tmp_path / "acme--small" / "main" / name).read_bytes() for name in files} == files, errors
    assert any("hf_secret" in asked.token for asked in hub.asked)
    assert status != 0
    assert "demo: loading, then served" in errors
