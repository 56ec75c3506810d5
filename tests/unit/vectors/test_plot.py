"""The picture of an evaluation: the same report gives the same bytes, and a report of any size can be drawn."""

from pathlib import Path

import pytest

from modelserver_runtime.vectors.evaluation.plot import draw
from modelserver_runtime.vectors.evaluation.report import Emotion, Point, Report
from modelserver_runtime.vectors.identity import ModelIdentity


def report(emotions: int, scales: tuple[float, ...], broken: float | None) -> Report:
    points = [
        Point(
            scale=scale,
            effect=scale,
            perplexity=2 + scale,
            repetition=0,
            told_apart=0.5 if scale else None,
            example="A",
        )
        for scale in scales
    ]
    return Report(
        model=ModelIdentity(name="demo", config_sha256="0" * 64, layers=4, hidden_size=3),
        prompts=4,
        prompts_sha256="0" * 64,
        max_tokens=8,
        temperature=1,
        chat=True,
        layer=1,
        breakdown_times=10,
        unsteered_perplexity=2,
        unsteered_example="A",
        emotions={f"e{n}": Emotion(sha256="0" * 64, breaks_down_at=broken, points=points) for n in range(emotions)},
    )


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_same_report_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    one, other = tmp_path / f"one.{form}", tmp_path / f"other.{form}"
    for target in (one, other):
        draw(report(6, (0, 1, 2), broken=2), target)

    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(("emotions", "scales"), [(1, (1.0,)), (1, (0.0,)), (20, (0.0, 4.0))])
def test_a_report_of_any_size_is_drawn(tmp_path: Path, emotions: int, scales: tuple[float, ...]) -> None:
    draw(report(emotions, scales, broken=None), tmp_path / "p.png")

    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
