"""A demo model's answers to held-out prompts, as the judge and the checker of sentences find them."""

import json
import os
import random
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.steering import judge, judge_words
from tests.steering.judge_prompts import PROMPTS
from tests.steering.judge_sentences import faults
from tests.steering.judge_texts import (
    FITTING_SENTENCES,
    FITTING_TOPICS,
    PROVING_SENTENCES,
    PROVING_TOPICS,
    texts,
)

from modelserver_runtime.vectors.demo_model.words import EMOTIONS, NEUTRAL

ROOT = Path(__file__).parents[2]
Mix = Mapping[str, float]
# Sampled answers to each prompt: of 104 an emotion that is right 94 times in 100 has 80 all but always.
DRAWS = 2
BASE: Mix = {}
STEERED: tuple[Mix, ...] = tuple({emotion: 1.0} for emotion in EMOTIONS)
AWAY: tuple[Mix, ...] = tuple({emotion: -1.0} for emotion in EMOTIONS)
ALL, DECODE = "all", "decode"  # the whole prompt is steered, too, or its last token alone
MIXES = (BASE, *STEERED, *AWAY)


@dataclass(frozen=True)
class Answers:
    """What was answered under one mix.

    Args:
        mix: vectors and scales.
        tempers: the temper of each answer, as the judge finds it.
        faulty: the answers that are not well-formed, each with what is wrong.
    """

    mix: Mix
    tempers: tuple[str, ...]
    faulty: tuple[tuple[str, str], ...]

    @property
    def wanted(self) -> set[str]:
        """The tempers that the mix asks for; of an emotion turned around any but that one."""
        if any(scale < 0 for scale in self.mix.values()):
            return {*EMOTIONS, NEUTRAL} - {*self.mix}
        return {*self.mix} or {NEUTRAL}

    @property
    def well_formed(self) -> float:
        """The share of answers that are well-formed."""
        return 1 - len(self.faulty) / len(self.tempers)

    def share(self, tempers: set[str]) -> float:
        """The share of answers with one of `tempers`."""
        return sum(temper in tempers for temper in self.tempers) / len(self.tempers)


@cache
def the_judge() -> judge.Judge:
    """The judge, fitted on its own texts."""
    return judge.fitted(texts(random.Random(0), judge_words.FITTING, FITTING_SENTENCES, FITTING_TOPICS, 60))


def proof() -> float:
    """The judge's accuracy on words and sentences that neither it nor the demo model ever saw."""
    return the_judge().accuracy(texts(random.Random(1), judge_words.PROVING, PROVING_SENTENCES, PROVING_TOPICS, 200))


def answers(demo_model: Path, mixes: Sequence[Mix] = MIXES, phase: str = ALL) -> list[Answers]:
    """DRAWS answers to each held-out prompt, under each mix."""
    prompts = PROMPTS * DRAWS
    replies = said(demo_model, mixes, prompts, phase)
    return [_judged(mix, prompts, of_mix) for mix, of_mix in zip(mixes, replies, strict=True)]


def said(demo_model: Path, mixes: Sequence[Mix], prompts: Sequence[str], phase: str = ALL) -> list[list[str]]:
    """What the demo model answers: for each mix a text per prompt."""
    asked = json.dumps({"prompts": prompts, "mixes": mixes, "phase": phase, "seed": 0})
    texts_of_mixes = json.loads(ran(Path(__file__).with_name("judge_probe.py"), demo_model, asked).splitlines()[-1])
    return [list(replies) for replies in texts_of_mixes]


def ran(*arguments: str | Path) -> str:
    """What a program of ours prints that runs in the engine's Python."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "runtime" / "src"),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    command = [os.environ["MODELSERVER_ENGINE_PYTHON"], *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _judged(mix: Mix, prompts: Sequence[str], replies: Sequence[str]) -> Answers:
    tempers = tuple(the_judge().temper(reply) for reply in replies)
    wrong = ((reply, faults(reply, prompt)) for prompt, reply in zip(prompts, replies, strict=True))
    return Answers(mix, tempers, tuple((reply, "; ".join(found)) for reply, found in wrong if found))


def table(what: str, found: Sequence[Answers]) -> str:
    """A line per mix, as printed and as docs/demo-model.md carries them."""
    lines = [f"demo model, {what}; judge's own accuracy {proof():.3f}", f"{'mix':32} right  well-formed"]
    for one in found:
        mix = ", ".join(f"{name} {scale:+.1f}" for name, scale in one.mix.items()) or NEUTRAL
        lines.append(f"{mix:32} {one.share(one.wanted):5.3f}  {one.well_formed:5.3f}")
    return "\n".join(lines)
