"""How a request is to be steered: by its model's name, or by emotions of its own, which replace the name's.

`emotion` and `emotion_scale` stand in the body or in headers, `emotions` in the body alone. None of it reaches vLLM.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from modelserver_runtime.emotions import refusing
from modelserver_runtime.emotions.mapping import LARGEST_SCALE, MOST_TERMS, NONE, PLAIN, InForce, Mix, hundredths
from modelserver_runtime.emotions.refusing import Value
from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.steering.spec import Spec

ANSWER_HEADER = "x-modelserver-steering"
EMOTION, SCALE, SEVERAL = "emotion", "emotion_scale", "emotions"
FIELDS = (EMOTION, SCALE, SEVERAL)
HEADERS = {b"x-modelserver-emotion": EMOTION, b"x-modelserver-emotion-scale": SCALE}
FULL = 100  # hundredths: what an emotion without a scale is taken for
NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?")

T = TypeVar("T")
Given = dict[str, list[Value]]  # by field, what body and headers say; empty: nothing is asked


@dataclass(frozen=True, slots=True)
class Steering:
    """What one request is answered with, to its end, whatever is put in force meanwhile.

    told: as the header and the log tell it, with the revision of what was in force. own: no name in force stands for
    the mix; the request brought it.
    """

    mix: Mix
    spec: Spec | None
    told: str
    own: bool = False


UNSTEERED = Steering(PLAIN, None, "")  # what generates nothing


def steering(name: str, document: Mapping[str, Any], headers: Iterable[tuple[bytes, bytes]], of: Emotions) -> Steering:
    """How the request with this body and these headers is steered, that asks for the served name `name`.

    Raises:
        Refused: 400, what it asks for is not to be had, or not clear.
    """
    now = of.now
    mix = _mix(name, _given(document, headers), of)
    spec = now.spec(mix)
    return Steering(mix, spec, f"{mix.text};rev={now.revision}", own=spec not in now.specs)


def _mix(name: str, given: Given, of: Emotions) -> Mix:
    if not given:
        return of.now.variants.get(name, of.now.default)
    first = next(iter(given.values()))[0]
    if not of.enabled:
        refusing.no_vectors(first)
    if not of.now.per_request:
        refusing.not_per_request(first, of.now.variants)
    mix = _several(given, of.now) if SEVERAL in given else _single(given, of.now)
    if of.strengths.too_strong(mix):
        refusing.too_strong(first, LARGEST_SCALE)
    return mix


def _given(document: Mapping[str, Any], headers: Iterable[tuple[bytes, bytes]]) -> Given:
    """A null, and `emotions` without an entry, ask for nothing."""
    given: Given = {}
    for field in FIELDS:
        value = document.get(field)
        if value is None or (field == SEVERAL and value == {}):
            continue
        given[field] = [Value("field", field, value)]
    for header, sent in headers:
        if header in HEADERS:
            field, text = HEADERS[header], sent.decode("latin-1").strip(" \t")
            given.setdefault(field, []).append(Value("header", header.decode(), _number(text, field)))
    return given


def _number(text: str, field: str) -> object:
    return float(text) if field == SCALE and NUMBER.fullmatch(text) else text


def _several(given: Given, now: InForce) -> Mix:
    """The mix that `emotions` lists; it says all, so nothing may stand beside it."""
    (value,) = given[SEVERAL]
    if len(given) > 1:
        refusing.two_spellings(value)
    if not isinstance(value.value, dict) or len(value.value) > MOST_TERMS:
        refusing.no_object(value, MOST_TERMS)
    return Mix(tuple(_terms(value, value.value, now)))


def _terms(value: Value, listed: dict[str, object], now: InForce) -> Iterator[tuple[str, int]]:
    for emotion, scale in listed.items():
        if emotion == NONE:
            refusing.none_in_a_mix(value, now.digests)
        if emotion not in now.digests:
            refusing.unknown(value, emotion, now.digests)
        yield emotion, _hundredths(Value(value.where, f"{SEVERAL}.{emotion}", scale), now)


def _single(given: Given, now: InForce) -> Mix:
    """The one emotion that `emotion` names, at the scale that `emotion_scale` says."""
    emotion = _agreed(given.get(EMOTION, []), lambda value: _name(value, now))
    scale = _agreed(given.get(SCALE, []), lambda value: _hundredths(value, now))
    if emotion is None or emotion == NONE:
        if scale is not None:
            refusing.scale_of_nothing(given[SCALE][0], now.digests)
        return PLAIN
    return Mix(((emotion, FULL if scale is None else scale),))


def _agreed(values: list[Value], read: Callable[[Value], T]) -> T | None:
    """What all of `values` mean, body's and headers'; None where there are none."""
    meant = [read(value) for value in values]
    for value, other in zip(values[1:], meant[1:], strict=True):
        if other != meant[0]:
            refusing.disagreeing(values[0], value)
    return meant[0] if meant else None


def _name(value: Value, now: InForce) -> str:
    if not isinstance(value.value, str):
        refusing.no_name(value, now.digests)
    if value.value != NONE and value.value not in now.digests:
        refusing.unknown(value, value.value, now.digests)
    return value.value


def _hundredths(value: Value, now: InForce) -> int:
    number = value.value
    if isinstance(number, bool) or not isinstance(number, int | float) or not -LARGEST_SCALE <= number <= LARGEST_SCALE:
        refusing.no_scale(value, LARGEST_SCALE, now.digests)  # not a number compares with nothing
    return hundredths(number)
