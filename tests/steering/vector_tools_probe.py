"""Run by the engine's Python: the commands of `vectors` on a demo model, in one process; prints what it finds as JSON.

The pairs are written in the demo model's language, with another seed than its own vectors' texts.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from click.testing import CliRunner

from modelserver_runtime.commands import main
from modelserver_runtime.vectors import inspection
from modelserver_runtime.vectors.calibration import strength_of
from modelserver_runtime.vectors.demo_model.language import reply
from modelserver_runtime.vectors.demo_model.prompts import TOPICS
from modelserver_runtime.vectors.making.subject import Subject, load
from modelserver_runtime.vectors.vector import Vector

EMOTIONS = ("anger", "disgust", "happiness")
CHAT = "Tell me about the {topic}."


class Probe:
    """A demo model, its vectors, and a folder to work in."""

    def __init__(self, demo: Path, work: Path) -> None:
        """Write pairs and prompts into `work`."""
        self.model, self.shipped_at, self.work = demo / "model", demo / "vectors", work
        self.shipped = inspection.read(self.shipped_at)
        for emotion in EMOTIONS:
            (work / f"{emotion}.jsonl").write_text("".join(pairs(emotion, 40)))
        (work / "few.jsonl").write_text("".join(pairs("fear", 9)))
        (work / "same.jsonl").write_text("".join(same(10)))
        (work / "prompts.txt").write_text("".join(f"What do you think of the {topic}?\n" for topic in TOPICS[:10]))
        (work / "neutral.txt").write_text("\n".join(neutral(8)))

    def told(self, command: str, *arguments: Any) -> dict[str, Any]:
        """Exit code and output of `vectors COMMAND`."""
        ended = CliRunner().invoke(main, ["vectors", command, *map(str, arguments)])
        if ended.exception and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return {"code": ended.exit_code, "output": ended.output, "stdout": ended.stdout}

    def extract(self, out: str, *arguments: Any) -> dict[str, Any]:
        """All emotions' vectors in the folder `out`, at the layer that the demo model is steered at."""
        files = [word for emotion in EMOTIONS for word in ("--pairs", self.work / f"{emotion}.jsonl")]
        to = ("--out", self.work / out, "--layers", self.layers)
        return self.told("extract", "--model", self.model, *files, *to, *arguments)

    @property
    def layers(self) -> str:
        """The shipped vectors' band, as an option has it."""
        band = self.shipped["anger"].description.band
        return f"{band.first}-{band.last}"

    def cosines(self, out: str) -> dict[str, float | None]:
        """Between each vector in the folder `out` and the demo model's own."""
        made = inspection.read(self.work / out)
        return {name: inspection.cosine(vector, self.shipped[name]) for name, vector in made.items()}

    def refused(self) -> dict[str, dict[str, Any]]:
        """What the commands say to what they do not take."""
        work, model, on = self.work, ("--model", self.model), ("--out", self.work / "refused")
        anger = ("--pairs", work / "anger.jsonl")
        return {
            "no pairs": self.told("extract", *model, *on),
            "few": self.told("extract", *model, "--pairs", work / "few.jsonl", *on),
            "same": self.told("extract", *model, "--pairs", work / "same.jsonl", *on),
            "name of many": self.told("extract", *model, *anger, "--shipped", "--name", "x", *on),
            "same name": self.told("extract", *model, *anger, "--shipped", *on),
            "none": self.told("extract", *model, *anger, "--name", "none", *on),
            "layers": self.told("extract", *model, *anger, "--layers", "2-9", *on),
            "taken": self.told("extract", *model, *anger, "--out", work / "mean"),
            "no model": self.told("extract", "--model", work, *anger, *on),
            "no folder": self.told("extract", "--model", work / "gone", *anger, *on),
            "no gpu": self.told("extract", *model, *anger, *on, "--device", "cuda"),
            "long text": self.told("import", work / "anger.gguf", "--name", "a", *model, *on, "--neutral", self.long()),
            "few prompts": self.evaluate("few.txt", "0,1"),
            "long answers": self.evaluate("prompts.txt", "0,1", "--max-tokens", 5000),
            "wild scale": self.evaluate("prompts.txt", "0,5"),
            "pickle": self.told("import", work / "vector.pt", "--name", "a", *model, *on),
            "safetensors": self.told("inspect", work / "prompts.txt"),
            "inspected gguf": self.told("inspect", work / "anger.gguf"),
        } | {name: self.imported(name) for name in ("width", "deep", "zero", "llama", "model", "cut", "nothing")}

    def evaluate(self, prompts: str, scales: str, *arguments: Any, vectors: str = "mean") -> dict[str, Any]:
        """Judge the vectors of a folder, by their likeliest answers."""
        (self.work / "few.txt").write_text("one\ntwo\nthree\n")
        of = ("--model", self.model, "--vectors", self.work / vectors, "--prompts", self.work / prompts)
        to = ("--out", self.work / f"judged {vectors}", "--temperature", 0)
        return self.told("evaluate", *of, "--scales", scales, *to, *arguments)

    def report(self, vectors: str) -> Any:
        """What `evaluate` wrote of that folder."""
        return json.loads((self.work / f"judged {vectors}" / "evaluation.json").read_text())

    def write_own(self) -> None:
        """A folder `own` with three of the demo model's vectors."""
        own = self.work / "own"
        own.mkdir()
        index = json.loads((self.shipped_at / "vectors.json").read_text())
        index["vectors"] = {emotion: index["vectors"][emotion] for emotion in EMOTIONS}
        (own / "vectors.json").write_text(json.dumps(index))
        for entry in index["vectors"].values():
            (own / entry["file"]).write_bytes((self.shipped_at / entry["file"]).read_bytes())

    def width(self, out: str) -> float:
        """How far the vectors in the folder `out` are from lying in one plane: the least singular value."""
        made = inspection.read(self.work / out)
        layer = self.shipped["anger"].description.band.first
        return float(np.linalg.svd([vector.direction[layer] for vector in made.values()], compute_uv=False).min())

    def imported(self, name: str) -> dict[str, Any]:
        """Import NAME.gguf as a vector of that name."""
        of = ("--model", self.model, "--neutral", self.work / "neutral.txt", "--layers", self.layers)
        return self.told("import", self.work / f"{name}.gguf", "--name", name, "--out", self.work / "imported", *of)

    def long(self) -> Path:
        """A file with a text that is longer than the model reads."""
        path = self.work / "long.txt"
        path.write_text("I felt calm. " * 400)
        return path

    def write_control_vectors(self) -> None:
        """One as repeng writes it, and such that cannot be used."""
        rows = {layer: 7 * self.shipped["anger"].direction[layer] for layer in (3, 2, 1)}
        control_vector(self.work / "anger.gguf", rows)
        control_vector(self.work / "width.gguf", {1: rows[1][:64]})
        control_vector(self.work / "deep.gguf", rows | {40: rows[1]})
        control_vector(self.work / "zero.gguf", {1: 0 * rows[1]})
        control_vector(self.work / "llama.gguf", rows, model_type="llama")
        control_vector(self.work / "model.gguf", rows, architecture="qwen2")
        (self.work / "cut.gguf").write_bytes((self.work / "anger.gguf").read_bytes()[:200])
        (self.work / "nothing.gguf").write_bytes(b"nothing")


def control_vector(
    path: Path, rows: dict[int, Any], model_type: str = "qwen2", architecture: str = "controlvector"
) -> None:
    """A GGUF file, written with the calls that repeng's export_gguf makes, in their order."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_string("controlvector.model_hint", model_type)
    writer.add_uint32("controlvector.layer_count", len(rows))
    for layer, row in rows.items():
        writer.add_tensor(f"direction.{layer}", row)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def pairs(emotion: str, count: int) -> list[str]:
    """Lines of pairs: an emotion's reply, and a neutral one of the same frames about the same topic."""
    chance = random.Random(f"tools {emotion}")
    topics = [chance.choice(TOPICS) for _ in range(count)]

    def said(temper: str, place: int) -> str:
        return reply(random.Random(f"{emotion} {place}"), temper, f"the {topics[place]}")

    return [pair(topics[place], said(emotion, place), said("neutral", place)) for place in range(count)]


def same(count: int) -> list[str]:
    """Lines of pairs whose two texts are the same."""
    return [pair("tea", "I felt calm and settled there.", "I felt calm and settled there.") for _ in range(count)]


def pair(topic: str, positive: str, negative: str) -> str:
    """A line."""
    return json.dumps({"topic": topic, "person": "first", "positive": positive, "negative": negative}) + "\n"


def neutral(count: int) -> list[str]:
    """Neutral replies that nothing was made from."""
    chance = random.Random("fresh")
    return [reply(chance, "neutral", f"the {chance.choice(TOPICS)}") for _ in range(count)]


def strength(subject: Subject, vector: Vector, texts: list[str]) -> float:
    """KL per token at scale 1 on `texts`."""
    deltas = {layer: torch.tensor(vector.delta(layer, 1.0)) for layer in vector.description.band.layers}
    return strength_of(subject.model, deltas, [subject.text(text) for text in texts])(1.0)


def found(probe: Probe) -> dict[str, Any]:
    """All that the test asks."""
    probe.write_control_vectors()
    probe.write_own()
    made = {method: probe.extract(method, "--method", method) for method in ("mean", "pca", "probe")}
    made["chat"] = probe.extract("chat", "--chat", CHAT)
    made["small batches"] = probe.extract("small", "--batch-size", 3)
    made["common"] = probe.extract("common", "--keep-common")
    made["replaced"] = probe.extract("small", "--replace", "--method", "pca")
    subject = load(probe.model, "cpu", "auto")
    vectors = {name: inspection.read(probe.work / name) for name in ("mean", "pca", "probe")}
    held_out = [
        json.loads(line)["negative"]
        for emotion in EMOTIONS
        for line in (probe.work / f"{emotion}.jsonl").read_text().splitlines()[4::5]
    ]
    return {
        "made": made,
        "cosines": {name: probe.cosines(name) for name in ("mean", "pca", "probe", "chat", "small", "common")},
        "own": {name: strength(subject, each["anger"], held_out) for name, each in vectors.items()},
        "fresh": {name: strength(subject, each["anger"], neutral(24)) for name, each in vectors.items()},
        "files": sorted(path.name for path in (probe.work / "small").iterdir()),
        "widths": {name: probe.width(name) for name in ("mean", "common")},
        "evaluated": probe.evaluate("prompts.txt", "0,0.05,1", "--max-tokens", 32, vectors="own"),
        "report": probe.report("own"),
        "picture": (probe.work / "judged own" / "evaluation.png").read_bytes()[:8].hex(),
        "broken": probe.evaluate("prompts.txt", "1,4", "--max-tokens", 16),
        "broken_report": probe.report("mean"),
        "index": json.loads((probe.work / "mean" / "vectors.json").read_text()),
        "description": json.loads(
            inspection.read(probe.work / "mean")["anger"].description.model_dump_json(by_alias=True)
        ),
        "imported": probe.imported("anger"),
        "imported_cosine": probe.cosines("imported")["anger"],
        "default_neutral": probe.told(
            "import", probe.work / "anger.gguf", "--name", "a", "--model", probe.model, "--out", probe.work / "imported"
        ),
        "inspected": probe.told("inspect", probe.work / "mean", "--model", probe.model, "-o", "json"),
        "text": probe.told("inspect", probe.work / "imported"),
        "unfit": probe.told("inspect", probe.work / "mean", "--model", other_model(probe)),
        "unserved": probe.told(
            "extract",
            "--model",
            other_model(probe),
            "--pairs",
            probe.work / "anger.jsonl",
            "--name",
            "fear",
            "--out",
            probe.work / "mean",
        ),
        "refused": probe.refused(),
        "left": sorted(path.name for path in probe.work.rglob(".*")),
    }


def other_model(probe: Probe) -> Path:
    """The same model with another key in its config.json: another model as far as vectors go."""
    other = probe.work / "other"
    if not other.exists():
        other.mkdir()
        for file in probe.model.iterdir():
            (other / file.name).write_bytes(file.read_bytes())
        config = json.loads((other / "config.json").read_text())
        (other / "config.json").write_text(json.dumps(config | {"rope_note": "other"}))
    return other


if __name__ == "__main__":
    work = Path(sys.argv[2])
    work.mkdir(parents=True, exist_ok=True)
    print(json.dumps(found(Probe(Path(sys.argv[1]), work))))
