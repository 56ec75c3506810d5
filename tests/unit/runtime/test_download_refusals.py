"""Each refusal is one sentence that begins with what has to be changed: it becomes the ModelServer's condition."""

import errno
import os
from pathlib import Path

import pytest
from huggingface_hub import constants
from tests.hub.hub import Hub
from tests.hub.repository import Repository, Stored
from tests.ports import free_port
from tests.unit.runtime.downloads import CONTENTS, REPO, WEIGHTS, download, repository

from modelserver_runtime.download.ensure import ensure
from modelserver_runtime.download.errors import DownloadError, NotNowError, NotPossibleError
from modelserver_runtime.download.source import Source, from_environment

FIELD = "spec.model.huggingFace"
GATED = repository(token="hf_good", gated=True)
PRIVATE = repository(token="hf_good")
HUGE = Repository({**repository().files, WEIGHTS: Stored(CONTENTS[WEIGHTS], lfs=True, stated_size=10**17)})
NO_WEIGHTS = Repository({"model.gguf": Stored(b"x", lfs=True)})
ABOVE = Repository({"../../evil.safetensors": Stored(b"x", lfs=True), "m.safetensors": Stored(b"x", lfs=True)})

# The repository, the token, and the sentence; HUB stands for the hub's host.
REFUSALS: dict[str, tuple[Repository | None, str, str]] = {
    "no repository": (
        None, "", f"{FIELD}.repo: HUB has no model {REPO} that may be read without a token (tokenSecretRef).",
    ),
    "no repository for this token": (
        None, "hf_good", f"{FIELD}.repo: HUB has no model {REPO}, or the token in tokenSecretRef may not read it.",
    ),
    "private, no token": (
        PRIVATE, "", f"{FIELD}.repo: HUB has no model {REPO} that may be read without a token (tokenSecretRef).",
    ),
    "private, another's token": (
        PRIVATE, "hf_other", f"{FIELD}.repo: HUB has no model {REPO}, or the token in tokenSecretRef may not read it.",
    ),
    "refused token": (
        PRIVATE, "hf_bad",
        f"{FIELD}.tokenSecretRef: HUB answers 401 to {REPO}, and the token is refused "
        "(Invalid credentials in Authorization header).",
    ),
    "gated, no token": (
        GATED, "",
        f"{FIELD}.tokenSecretRef: {REPO} is gated at HUB: accept its terms there and name the secret with your token.",
    ),
    "gated, terms not accepted": (
        GATED, "hf_other",
        f"{FIELD}.tokenSecretRef: {REPO} is gated at HUB: accept its terms there as the user whose token this is, "
        "and see that the token may read gated models.",
    ),
    "no weights": (
        NO_WEIGHTS, "", f"{FIELD}.repo: {REPO} has no weights that vLLM reads (*.safetensors, *.bin, *.pt).",
    ),
    "a path that leads out of the folder": (
        ABOVE, "", f"{FIELD}.repo: {REPO} has a file ../../evil.safetensors, which no model may have.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("found", "token", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_what_the_hub_refuses(model_hub: Hub, to: Path, found: Repository | None, token: str, sentence: str) -> None:
    model_hub.repositories = {REPO: found} if found else {}

    with pytest.raises(NotPossibleError) as refused:
        download(model_hub, to, token=token)

    assert str(refused.value) == sentence.replace("HUB", model_hub.url.removeprefix("http://"))
    assert not to.exists()


def test_no_such_revision(model_hub: Hub, to: Path) -> None:
    with pytest.raises(NotPossibleError) as refused:
        download(model_hub, to, revision="v2")
    host = model_hub.url.removeprefix("http://")
    assert str(refused.value) == f"{FIELD}.revision: {REPO} has no branch, tag or commit v2 at {host}."


def test_no_space_is_said_with_both_numbers_before_anything_comes(model_hub: Hub, to: Path) -> None:
    model_hub.repositories[REPO] = HUGE

    with pytest.raises(
        NotPossibleError, match=rf"^spec\.cache\.size: {REPO} needs 88\.8 PiB more, and [\d.]+ [GT]iB are free"
    ):
        download(model_hub, to)

    assert model_hub.sent == []


def test_a_volume_that_others_fill_meanwhile(model_hub: Hub, to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Network file systems say it as late as this."""

    def full(_: int) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotPossibleError, match=r"^spec\.cache\.size: the volume of .*/main is full\.$"):
        download(model_hub, to)


def test_a_hub_that_is_not_there_is_named(to: Path) -> None:
    port = free_port()
    with pytest.raises(
        NotNowError, match=rf"cannot be reached: nothing new has come from 127\.0\.0\.1:{port} for 0\.3 s"
    ):
        ensure(Source(REPO, "main", f"http://127.0.0.1:{port}"), to, 0.3)


def test_a_hub_that_only_errs_is_given_up(model_hub: Hub, to: Path) -> None:
    model_hub.refuse = [(502, {})] * 4
    with pytest.raises(NotNowError, match=r"for 0\.3 s \(127\.0\.0\.1:\d+ answers 502\)"):
        download(model_hub, to, retry_seconds=0.3)


def test_an_address_that_is_none(to: Path) -> None:
    with pytest.raises(NotPossibleError, match=r"^HF_ENDPOINT in the class's environment is no http or https address"):
        ensure(Source(REPO, "main", "hub.example.com"), to, 0)


def test_something_else_that_answers_at_the_address(model_hub: Hub, to: Path) -> None:
    model_hub.refuse = [(200, {})]
    with pytest.raises(NotPossibleError, match=r"^HF_ENDPOINT: .* does not state models and their files"):
        download(model_hub, to)


def test_a_name_that_is_none(model_hub: Hub, to: Path) -> None:
    with pytest.raises(NotPossibleError, match=r"^spec\.model\.huggingFace\.repo: Repo id must"):
        ensure(Source("a/b/c", "main", model_hub.url), to, 0)


@pytest.mark.parametrize("token", ["hf_a b", "hf_a\nb", "hf_ä"])
def test_a_token_that_is_none_is_not_shown(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(DownloadError) as refused:
        from_environment(REPO, "main")
    assert str(refused.value) == f"{FIELD}.tokenSecretRef: what the secret holds is no token."


def test_the_environment_says_which_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_good\n")  # as kubectl create secret --from-file leaves it
    monkeypatch.setenv("HF_ENDPOINT", "https://user:password@hub.example.com:8443/")
    source = from_environment(REPO, "main")
    assert (source.token, source.host) == ("hf_good", "hub.example.com:8443")
    assert "hf_good" not in repr(source)


def test_a_folder_that_is_somebody_elses(model_hub: Hub, to: Path) -> None:
    to.mkdir(parents=True)
    (to / "mine").touch()
    with pytest.raises(NotPossibleError, match="holds files that no download has put there"):
        download(model_hub, to)
    assert [path.name for path in to.iterdir()] == ["mine"]


def test_a_folder_that_holds_another_model(model_hub: Hub, to: Path) -> None:
    download(model_hub, to)
    with pytest.raises(NotPossibleError, match=f"holds {REPO} at main, and {REPO} at v2 was asked for"):
        download(model_hub, to, revision="v2")


def test_a_volume_that_cannot_be_written(model_hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotNowError, match=rf"^spec\.cache: the volume cannot be written: .*{os.sep}file"):
        download(model_hub, tmp_path / "file" / "main")


def test_offline_by_decree_and_nothing_there(model_hub: Hub, to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(NotPossibleError, match=rf"^HF_HUB_OFFLINE is set in the class's environment, and {REPO} has"):
        download(model_hub, to)
    assert model_hub.asked == []
