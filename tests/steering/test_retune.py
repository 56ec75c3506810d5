"""Retuning a server under load, with real vLLM: nothing breaks, nothing is mixed, and what is bad stays out.

The KV cache holds a third of what 32 callers need, so vLLM preempts: what it began it computes anew.
"""

import asyncio
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engine.server import Server, until
from tests.steering.retune_callers import PATIENCE_SECONDS, Asking, Reference, Told, alone, storm

MODEL = Path(os.environ["MODELSERVER_DEMO_MODEL"])
ENGINE = {
    "device": "Cpu",
    "dtype": "float32",
    "maxContextTokens": 512,
    "maxSequences": 32,
    "arguments": {"enforce-eager": "", "kv-cache-memory-bytes": str(4 << 20), "block-size": "32"},
}
ADMISSION = {
    "maxRunning": 32,
    "maxWaiting": 32,
    "queueTimeoutSeconds": 60,
    "requestTimeoutSeconds": 120,
    "maxBodyBytes": 1048576,
}
PROMPTS = ["How was the concert?", "How was the journey?", "Tell me about the dinner.", "What happened at work?"]
FIRST = {"moody": {"happiness": 1.0}, "leaving": {"anger": 1.0}}
SECOND = {"moody": {"happiness": 1.2}}
OWN = (("happiness", 1.0),)  # of a request: a name whose bytes change
CALLERS = [
    *(Asking("moody", prompt) for prompt in PROMPTS * 4),
    *(Asking("leaving", prompt) for prompt in PROMPTS * 2),
    *(Asking("demo", prompt, OWN) for prompt in PROMPTS * 2),
]


def live(variants: dict[str, dict[str, float]]) -> dict[str, Any]:
    """A live part with these."""
    mixes = [
        {"name": name, "mix": [{"vector": vector, "scale": scale} for vector, scale in mix.items()]}
        for name, mix in variants.items()
    ]
    return {"schemaVersion": 1, "emotions": {"variants": mixes}}


class Retuned:
    """A server, and the files that it watches."""

    def __init__(self, folder: Path) -> None:
        self.vectors = folder / "vectors"
        self.vectors.mkdir()
        self._live = folder / "live.yaml"
        self.name_vectors(anger="anger", happiness="happiness")
        self.server = Server(folder, MODEL / "model", live(FIRST), self.vectors, engine=ENGINE, admission=ADMISSION)

    def name_vectors(self, **files: str) -> None:
        """Let names stand for the demo model's vectors, each under a file's name that says whose bytes it has."""
        entries = {
            name: self.write_vector((MODEL / "vectors" / f"{of}.safetensors").read_bytes())
            for name, of in files.items()
        }
        self.write_index(entries)

    def write_vector(self, data: bytes) -> dict[str, str]:
        """A file with these bytes, and its entry."""
        digest = hashlib.sha256(data).hexdigest()
        (self.vectors / f"{digest}.safetensors").write_bytes(data)
        return {"file": f"{digest}.safetensors", "sha256": digest}

    def write_index(self, entries: dict[str, dict[str, str]]) -> None:
        new = self.vectors / "new"
        new.write_text(json.dumps({"schemaVersion": 1, "vectors": entries}))
        new.rename(self.vectors / "vectors.json")

    def say(self, text: str) -> str:
        """Write live.yaml; the digest by which it is known."""
        self._live.write_text(text)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def emotions(self) -> dict[str, Any]:
        """What /stats tell. Not by httpx, which makes ready for TLS at each call: the callers wait for that."""
        with urllib.request.urlopen(f"{self.server.control_url}/stats", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)["emotions"]
        return found

    def in_force(self, text: str) -> None:
        """Write live.yaml and wait for it."""
        digest = self.say(text)
        until(lambda: self.emotions["live_sha256"] == digest, PATIENCE_SECONDS)

    def refused(self, text: str) -> str:
        """Write live.yaml and wait for the sentence about it."""
        digest = self.say(text)
        until(lambda: (self.emotions["refused"] or {}).get("live_sha256") == digest, PATIENCE_SECONDS)
        return str(self.emotions["refused"]["sentence"])

    def retune(self) -> None:
        """Other bytes for one name, another scale for one variant, and an end of the other and of its vector.

        Vectors and live part are two volumes, which nothing swaps together: a look between finds no state that could
        be put in force, for the live part that was still names the vector that is gone.
        """
        self.name_vectors(happiness="sadness", surprise="surprise")
        self.in_force(yaml.safe_dump(live(SECOND)))


@pytest.fixture(scope="module")
def retuned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retuned]:
    """The server of this file; its end is one of the things that have to go well."""
    retuned = Retuned(tmp_path_factory.mktemp("retuned"))
    try:
        retuned.server.ready()
        yield retuned
        retuned.server.process.send_signal(signal.SIGTERM)
        assert retuned.server.process.wait(PATIENCE_SECONDS) == 0, retuned.server.log
    finally:
        retuned.server.kill()


@dataclass(frozen=True)
class Storm:
    """What came of a retune under load. references: what each caller is told alone, before it and after."""

    told: list[Told]
    moment: float
    before: dict[Asking, Reference]
    after: dict[Asking, Reference]
    preempted: float

    def answered(self, *, new: bool) -> list[Told]:
        """Answers of the new revision, or of the one before."""
        revision = next(iter(self.after.values())).revision
        return [told for told in self.told if told.status == 200 and (told.revision == revision) == new]

    def through(self) -> list[Told]:
        """Streams of the old revision that still ran when others had the new one already."""
        first_new = min(told.began for told in self.answered(new=True))
        return [told for told in self.answered(new=False) if told.ended > first_new]


@pytest.fixture(scope="module")
def stormy(retuned: Retuned) -> Storm:
    """32 callers, and a retune while all of them are being answered."""
    url = retuned.server.url
    before = {asking: alone(url, asking) for asking in dict.fromkeys(CALLERS)}

    told, moment = asyncio.run(storm(url, CALLERS, retuned.retune))
    preempted = retuned.server.metric("vllm:num_preemptions_total")
    staying = [asking for asking in dict.fromkeys(CALLERS) if asking.model != "leaving"]
    return Storm(told, moment, before, {each: alone(url, each) for each in staying}, preempted)


def test_no_stream_breaks(stormy: Storm) -> None:
    answered = [told for told in stormy.told if told.status == 200]
    assert len(answered) > len(CALLERS)
    assert {(told.whole, told.finish) for told in answered} == {(True, "length")}
    assert {told.status for told in stormy.told} == {200, 404}


def test_streams_were_preempted_and_ran_through_the_change(stormy: Storm) -> None:
    assert stormy.preempted > 0
    assert len(stormy.through()) >= len(CALLERS) // 4


def test_each_answer_is_of_one_revision_and_says_which(stormy: Storm) -> None:
    assert len({reference.revision for reference in stormy.before.values()}) == 1
    for references, new in ((stormy.before, False), (stormy.after, True)):
        for told in stormy.answered(new=new):
            reference = references[told.asking]
            assert told.steering == reference.steering
            assert told.tokens[: len(reference.sure)] == reference.sure, told


def test_the_comparison_can_tell_revisions_apart(stormy: Storm) -> None:
    for asking, after in stormy.after.items():
        before = stormy.before[asking]
        length = min(len(before.sure), len(after.sure))
        assert length > 0
        assert before.sure[:length] != after.sure[:length]
    sure = sum(len(reference.sure) for reference in stormy.before.values())
    assert sure > 0.5 * sum(len(told.tokens) for told in stormy.told[:1]) * len(stormy.before)


def test_who_asks_after_the_change_has_the_new(stormy: Storm) -> None:
    asked_after = [told for told in stormy.told if told.asked > stormy.moment and told.status == 200]
    assert asked_after
    assert {told.revision for told in asked_after} == {told.revision for told in stormy.answered(new=True)}


def test_a_variant_that_is_gone_is_404_while_its_streams_finish(stormy: Storm) -> None:
    told = [each for each in stormy.told if each.asking.model == "leaving"]
    assert [each for each in told if each in stormy.through() and each.whole]
    assert len([each for each in told if each.status == 404]) == 8


def test_bytes_that_nobody_names_are_forgotten(stormy: Storm, retuned: Retuned) -> None:
    until(lambda: retuned.emotions["held_vectors"] == 2, PATIENCE_SECONDS)


def test_other_bytes_under_the_same_name_give_the_new_output(stormy: Storm) -> None:
    """Same name, same scale, same prompt, and its blocks in the prefix cache."""
    asking = Asking("demo", PROMPTS[0], OWN)
    assert stormy.before[asking].steering.partition(";")[0] == stormy.after[asking].steering.partition(";")[0]
    assert stormy.before[asking].sure != stormy.after[asking].sure


GOOD = yaml.safe_dump(live(SECOND))


def another_model(data: bytes) -> bytes:
    """The vector, made for a model whose config.json has another digest."""
    start = data.index(b"configSha256") + len(b'configSha256\\":\\"')
    return data[:start] + b"0" * 64 + data[start + 64 :]


def pickled(data: bytes) -> bytes:
    return b"\x80\x04\x95" + data


BAD_VECTORS: list[tuple[Callable[[bytes], bytes], str]] = [
    (another_model, "has another config.json"),
    (pickled, "safetensors"),
]


@pytest.mark.parametrize(("spoil", "sentence"), BAD_VECTORS)
def test_a_vector_that_cannot_be_used_keeps_the_whole_change_out(
    retuned: Retuned, stormy: Storm, spoil: Callable[[bytes], bytes], sentence: str
) -> None:
    good = (MODEL / "vectors" / "fear.safetensors").read_bytes()
    index = json.loads((retuned.vectors / "vectors.json").read_text())["vectors"]
    revision = retuned.emotions["revision"]
    retuned.write_index({**index, "fear": retuned.write_vector(spoil(good))})

    assert sentence in retuned.refused(f"{GOOD}# with {spoil.__name__}\n")
    assert retuned.emotions["revision"] == revision
    assert retuned.server.metric("modelserver_live_refused") == 1

    retuned.write_index(index)
    retuned.in_force(f"{GOOD}# without {spoil.__name__}\n")
    assert retuned.emotions["refused"] is None
    assert retuned.emotions["revision"] == revision


BAD_FILES = {
    "variants: [": "is no YAML",
    yaml.safe_dump(live({"demo": {"anger": 1}})): "demo is a name of the base model already",
    yaml.safe_dump(live({"moody": {"joy": 1}})): "joy is not in vectors.json, which has: happiness, surprise",
}


def test_a_bad_live_part_is_refused_and_the_old_one_stays(retuned: Retuned, stormy: Storm) -> None:
    asking = Asking("moody", PROMPTS[0])
    for text, sentence in BAD_FILES.items():
        assert sentence in retuned.refused(text)
        assert alone(retuned.server.url, asking) == stormy.after[asking]
        assert retuned.server.metric("modelserver_live_refused") == 1
    retuned.in_force(GOOD)
    assert retuned.server.metric("modelserver_live_refused") == 0


def test_a_folder_that_is_gone_for_a_while_changes_nothing(retuned: Retuned, stormy: Storm) -> None:
    asking, away = Asking("moody", PROMPTS[0]), retuned.vectors.with_name("away")
    shutil.move(retuned.vectors, away)
    assert "vectors.json cannot be read" in retuned.refused(f"{GOOD}# away\n")
    assert alone(retuned.server.url, asking) == stormy.after[asking]
    shutil.move(away, retuned.vectors)
    retuned.in_force(f"{GOOD}# back\n")
    assert retuned.emotions["refused"] is None


def test_variants_can_be_seen_beside_the_base(retuned: Retuned, stormy: Storm) -> None:
    asked = ["emotions", "try", retuned.server.url, PROMPTS[0], "--emotion", "surprise=0.5"]
    command, environment = [sys.executable, "-m", "modelserver_runtime", *asked], os.environ | {"COLUMNS": "80"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["demo", "moody", "surprise=0.50"]
    assert lines[1].split() == ["none", "happiness=1.20", "surprise=0.50"]
    answers = {" ".join(line[start : start + 25].strip() for line in lines[3:]) for start in (0, 27, 54)}
    assert len(answers) == 3  # two of them may begin alike
