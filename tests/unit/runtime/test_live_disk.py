"""What is read from disk: never half of one state and half of another, and a sentence about whatever cannot be."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from tests.unit.runtime import configs
from tests.unit.runtime.watched import LAYERS, MODEL, WIDTH, full, index, vector

from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.emotions.mapping import InForce, Mix
from modelserver_runtime.emotions.strength import Strengths
from modelserver_runtime.live import disk as disks
from modelserver_runtime.live.disk import Disk, State, Wanted
from modelserver_runtime.vectors import folder
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import Entry, Index, read_index
from modelserver_runtime.vectors.vector import Vector

DIGESTS = {"happiness": "a", "sadness": "b"}
KNOWN = {full(digest) for digest in DIGESTS.values()}
VECTORS = {name: vector(name) for name in DIGESTS}
GOOD = Wanted(State(b"another", index(**DIGESTS)), InForce(), Strengths(VECTORS), {})


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """A folder whose vectors are in force, so that no file of theirs is read."""
    (tmp_path / "vectors").mkdir()
    write_index(tmp_path / "vectors", **DIGESTS)
    return Disk(tmp_path / "live.yaml", tmp_path / "vectors", MODEL, ("demo", "org/demo"))


def write_index(folder: Path, **digests: str) -> None:
    (folder / "vectors.json").write_text(index(**digests).model_dump_json(by_alias=True))


def wanted(disk: Disk, document: object = configs.LIVE, good: Wanted = GOOD) -> Wanted | None:
    return disk.wanted(yaml.safe_dump(document).encode(), KNOWN, good)


def complaint(disk: Disk, document: object = configs.LIVE) -> str:
    with pytest.raises((ConfigError, VectorError)) as error:
        wanted(disk, document)
    return str(error.value).replace(str(disk.vectors.parent), "FOLDER")


def variants(*variants: tuple[str, dict[str, float]]) -> dict[str, Any]:
    """A live part with these."""
    mixes = [
        {"name": name, "mix": [{"vector": vector, "scale": scale} for vector, scale in mix.items()]}
        for name, mix in variants
    ]
    return {"schemaVersion": 1, "emotions": {"variants": mixes}}


def test_what_names_stand_for(disk: Disk) -> None:
    found = wanted(disk)

    assert found
    assert found.in_force.variants == {"grave": Mix((("sadness", 100),), "decode")}
    assert found.in_force.default == Mix((("happiness", 20),))
    assert found.in_force.digests == {"happiness": full("a"), "sadness": full("b")}
    assert found.in_force.per_request
    assert found.fresh == {}
    assert found.strengths is GOOD.strengths


def test_without_a_live_part_requests_may_bring_emotions(disk: Disk) -> None:
    disk.live = None
    assert disk.text() is None
    found = disk.wanted(None, KNOWN, GOOD)
    assert found
    assert (found.in_force.variants, found.in_force.per_request, found.state.live_sha256) == ({}, True, None)


def test_requests_may_be_kept_from_bringing_any(disk: Disk) -> None:
    found = wanted(disk, configs.live(**{"emotions.perRequest": "Disabled"}))
    assert found
    assert not found.in_force.per_request


def test_scales_are_counted_in_hundredths(disk: Disk) -> None:
    found = wanted(disk, variants(("a", {"sadness": 0.29, "happiness": -0.004})))
    assert found
    assert found.in_force.variants["a"].terms == (("sadness", 29), ("happiness", 0))


def test_what_is_in_force_is_not_looked_at_again(disk: Disk) -> None:
    first = wanted(disk)
    assert first
    assert wanted(disk, good=first) is None
    assert wanted(disk, variants(("a", {"sadness": 1})), first) is not None


def test_the_text_is_read_as_it_is(disk: Disk) -> None:
    assert disk.live
    disk.live.write_bytes(b"\xffanything")
    assert disk.text() == b"\xffanything"
    disk.live.unlink()
    with pytest.raises(ConfigError, match=r"live\.yaml: cannot be read: No such file or directory"):
        disk.text()


TWICE = {"schemaVersion": 1, "emotions": {"default": {"mix": [{"vector": "sadness", "scale": 1}] * 2}}}
BAD: list[tuple[dict[str, Any], str]] = [
    (variants(("org/demo", {"sadness": 1})), "emotions.variants[0].name: org/demo is a name of the base model already"),
    (variants(("none", {"sadness": 1})), "emotions.variants[0].name: no variant may be called none"),
    (
        variants(("a", {"sadness": 1}), ("b", {"sadness": 2}), ("a", {"sadness": 3})),
        "emotions.variants[2].name: a is the name of another variant already",
    ),
    (
        variants(("a", {"sadness": 1, "joy": 1})),
        "emotions.variants[0].mix[1].vector: joy is not in vectors.json, which has: happiness, sadness",
    ),
    (TWICE, "emotions.default.mix[1].vector: sadness is in this mix already"),
    (
        variants(("a", {"sadness": 1}), ("b", {"sadness": 4, "happiness": 1})),
        "emotions.variants[1].mix: is too strong: after some layer its vectors together add more than the strongest "
        "of them at scale 4",
    ),
    ({"schemaVersion": 1, "emotion": {}}, "emotion: unknown key; the nearest known key is emotions"),
    ({"schemaVersion": 0}, "schemaVersion must be a number from 1 on (this runtime writes 1)"),
]


@pytest.mark.parametrize(("document", "sentence"), BAD)
def test_a_live_part_that_cannot_be(disk: Disk, document: dict[str, Any], sentence: str) -> None:
    assert complaint(disk, document) == f"FOLDER/live.yaml: {sentence}"


def test_no_yaml(disk: Disk) -> None:
    with pytest.raises(ConfigError, match="is no YAML"):
        disk.wanted(b"a: [", KNOWN, None)


def test_opposite_vectors_may_be_strong_together(disk: Disk) -> None:
    direction = -np.eye(LAYERS, WIDTH, dtype=np.float32)
    opposite = Vector(vector("sadness").description, direction, np.ones(LAYERS, dtype=np.float32))
    good = replace(GOOD, strengths=Strengths(VECTORS | {"sadness": opposite}))
    assert wanted(disk, variants(("a", {"sadness": 4, "happiness": 4})), good)


class Files:
    """In the place of vectors' files, which a library reads that is not here: any name's bytes are the digest's."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, _folder: Path, name: str, entry: Entry, _model: ModelIdentity) -> tuple[bytes, Vector]:
        self.read.append(name)
        return entry.sha256.encode(), vector(name)


def test_a_change_of_vectors_reads_all_and_keeps_what_the_workers_lack(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vectors that are there already are needed once, for how strong they are beside the new one."""
    files = Files()
    monkeypatch.setattr(folder, "read_one", files)
    write_index(disk.vectors, **DIGESTS, anger="c")

    found = wanted(disk)
    assert found
    assert files.read == ["happiness", "sadness", "anger"]
    assert found.fresh == {full("c"): full("c").encode()}
    assert found.strengths.too_strong(Mix((("anger", 300), ("sadness", 300)))), "each with each"

    renamed = {"joy": "a", "sadness": "b", "anger": "c"}
    write_index(disk.vectors, **renamed)
    again = disk.wanted(b"schemaVersion: 1", {*KNOWN, full("c")}, found)
    assert again
    assert (again.fresh, set(again.in_force.digests)) == ({}, set(renamed))
    assert again.strengths.too_strong(Mix((("joy", 300), ("sadness", 300))))


def test_vectors_that_are_not_there(disk: Disk) -> None:
    (disk.vectors / "vectors.json").unlink()
    assert complaint(disk) == "FOLDER/vectors/vectors.json cannot be read: No such file or directory"

    (disk.vectors / "vectors.json").write_text('{"vectors": {')
    assert complaint(disk).startswith("FOLDER/vectors/vectors.json: the file: Invalid JSON")

    write_index(disk.vectors, anger="c", **DIGESTS)
    assert complaint(disk) == (
        "vector 'anger': FOLDER/vectors/anger.safetensors cannot be read: No such file or directory"
    )


def test_bytes_that_are_not_the_indexs(disk: Disk) -> None:
    write_index(disk.vectors, anger="c", **DIGESTS)
    (disk.vectors / "anger.safetensors").write_bytes(b"half a file")
    assert complaint(disk).startswith("vector 'anger': FOLDER/vectors/anger.safetensors has SHA-256 ")


class Swapped:
    """A folder whose index is another one each time that it is read."""

    def __init__(self, folder: Path, digests: Iterable[dict[str, str]]) -> None:
        self.reads = 0
        self._folder, self._digests = folder, iter(digests)

    def __call__(self, folder: Path) -> Index:
        self.reads += 1
        write_index(self._folder, **next(self._digests))
        return read_index(folder)


def test_files_of_another_index_are_read_again(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a mounted folder is swapped between the index and a file of it."""
    swapped = Swapped(disk.vectors, [{"anger": "c", **DIGESTS}, DIGESTS])
    monkeypatch.setattr(disks, "read_index", swapped)
    found = wanted(disk)
    assert found
    assert set(found.in_force.digests) == {"happiness", "sadness"}
    assert found.state.index == index(**DIGESTS)
    assert swapped.reads == 2


def test_a_folder_that_never_rests_is_left_for_the_next_look(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    states = [{"anger": digest, **DIGESTS} for digest in "cdefghi"]
    monkeypatch.setattr(disks, "read_index", Swapped(disk.vectors, states))
    assert "changed again each time" in complaint(disk)
