"""How far an engine's answers are from the reference's, summed up in numbers that a test can hold against the bar."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.steering.asked import Answer, Asked
from tests.steering.reference import Reference, difference, margin


def judged(reference: Reference, asked: Sequence[Asked], answers: Sequence[Answer]) -> dict[str, Any]:
    """Counts, and differences of log-probabilities.

    greedy_margin: what a greedy answer says instead of the truth's likeliest is at most so much less likely (nats).
    unlike_plain: the smallest difference of a steered answer from what the model computes unsteered: what a plugin
    that did nothing would show.
    """
    truths = [reference.logprobs(one, answer.tokens) for one, answer in zip(asked, answers, strict=True)]
    greedy = [index for index, one in enumerate(asked) if one.temperature == 0]
    steered = [index for index, one in enumerate(asked) if one.spec]
    plain = {index: reference.logprobs(replace(asked[index], spec=None), answers[index].tokens) for index in steered}
    return {
        "requests": len(asked),
        "specs": len({asked[index].spec for index in steered}),
        "greedy": len(greedy),
        "greedy_margin": max(margin(truths[index], answers[index].tokens) for index in greedy),
        "worst": max(difference(answer, truth) for answer, truth in zip(answers, truths, strict=True)),
        "unlike_plain": min((difference(answers[index], plain[index]) for index in steered), default=None),
        "cached": sum(answer.cached for answer in answers),
    }
