"""What wins of all that a request says, against a statement of it that knows nothing of how it is decided."""

import math
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from tests.unit.emotions.given import DIGESTS, NAMES, VARIANTS, emotions, in_force

from modelserver_runtime.emotions.asking import steering
from modelserver_runtime.emotions.mapping import PLAIN, Mix
from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.refusals import Refused

DEFAULT = Mix((("happiness", 20),))
OPEN, WITH_DEFAULT = emotions(), emotions(in_force(default=DEFAULT))
CLOSED, WITHOUT = emotions(in_force(per_request=False)), emotions(in_force(variants=VARIANTS), enabled=False)
EMOTION_HEADER, SCALE_HEADER = b"x-modelserver-emotion", b"x-modelserver-emotion-scale"

names = st.sampled_from(["happiness", "sadness", "none"])
wrong_names = st.sampled_from(["rage", "", "None", "Happiness", 5, True, ["happiness"], {}])
hundredths = st.integers(-400, 400)
wrong_scales = st.sampled_from([4.01, -4.01, 5, math.nan, math.inf, -math.inf, True, "1", [1], {}, 10**400])
scales = hundredths.map(lambda number: number / 100) | st.sampled_from([0, 1, -4, 4]) | wrong_scales
mixes = st.dictionaries(st.sampled_from(NAMES), hundredths.map(lambda number: number / 100), max_size=9)
wrong_mixes = st.sampled_from(
    [[], ["happiness"], "happiness", 1, {"rage": 1}, {"none": 1}, {"fear": None}, {"fear": 5}]
)
scale_texts = hundredths.map(lambda number: f"{number / 100:.2f}") | st.sampled_from(["1", "0", "-0", "0.5", "0.500"])
wrong_texts = st.sampled_from(["", "+1", "1e0", "nan", "inf", "4.01", ".5", "1.", "0x1", "1_0", "٣", "1,0", "- 1"])
bodies = st.fixed_dictionaries(
    {},
    optional={
        "emotion": st.none() | names | wrong_names,
        "emotion_scale": st.none() | scales,
        "emotions": st.none() | mixes | wrong_mixes,
    },
)
sent_names = st.lists(names | st.sampled_from(["rage", "", " happiness\t"]), max_size=2)
sent_scales = st.lists(scale_texts | wrong_texts, max_size=2)


def right_name(value: object) -> bool:
    return isinstance(value, str) and value in (*NAMES, "none")


def right_scale(value: object) -> bool:
    """A number of the body, or the text of a header: -4 to 4, written out."""
    if isinstance(value, str):
        return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value, re.ASCII) is not None and abs(float(value)) <= 4
    return type(value) in (int, float) and value == value and -4 <= value <= 4  # type: ignore[operator]  # noqa: PLR0124


def is_mix(value: object) -> bool:
    return isinstance(value, dict) and len(value) <= 8


def broken_rules(body: dict[str, Any], told_names: list[str], told_scales: list[str]) -> set[str]:
    """The codes of all rules that a request breaks; each rule stands for itself."""
    said_names = [body["emotion"], *told_names] if body.get("emotion") is not None else told_names
    # A text is no number in a body, and all that a header can have.
    in_body = [body["emotion_scale"]] if body.get("emotion_scale") is not None else []
    said_scales = [*in_body, *told_scales]
    mix = body.get("emotions")
    said_mix = mix is not None and mix != {}
    entries = mix if isinstance(mix, dict) else {}
    meant = [name for name in said_names if name != "none"]
    rules = {
        "unknown_emotion": all(map(right_name, said_names)) and all(name in DIGESTS for name in entries),
        "emotion_scale_invalid": all(type(value) is not str for value in in_body)
        and all(map(right_scale, said_scales))
        and all(type(value) in (int, float) and right_scale(value) for value in entries.values())
        and (not said_scales or bool(meant) or said_mix),
        "invalid_value": not said_mix or is_mix(mix),
        "emotion_conflict": not (said_mix and (said_names or said_scales))
        and len({str(name) for name in said_names}) <= 1
        and len({round(float(value) * 100) for value in said_scales if right_scale(value)}) <= 1,
        "emotion_too_strong": math.hypot(*(value for value in entries.values() if right_scale(value))) <= 4.0004,
    }
    return {code for code, kept in rules.items() if not kept}


def asks_for_nothing(body: dict[str, Any], told_names: list[str], told_scales: list[str]) -> bool:
    said = [value for field, value in body.items() if value is not None and (field, value) != ("emotions", {})]
    return not told_names and not told_scales and not said


def wanted(body: dict[str, Any], told_names: list[str], told_scales: list[str]) -> dict[str, int]:
    """The mix that is asked for, where all rules are kept."""
    if body.get("emotions"):
        return {name: round(scale * 100) for name, scale in body["emotions"].items()}
    name = body.get("emotion") or told_names[0]
    scale = next((value for value in (body.get("emotion_scale"), *told_scales) if value is not None), 1)
    return {} if name == "none" else {name: round(float(scale) * 100)}


@settings(max_examples=800, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["demo", "cheerful", "grave"]),
    bodies,
    sent_names,
    sent_scales,
    st.sampled_from([OPEN, OPEN, WITH_DEFAULT, WITH_DEFAULT, CLOSED, WITHOUT]),
)
@example("cheerful", {"emotion": "none"}, [], [], WITH_DEFAULT)
@example("demo", {"emotion": "none"}, [], [], WITH_DEFAULT)
@example("demo", {"emotion": "sadness"}, ["sadness"], [], WITH_DEFAULT)
@example("demo", {"emotion": "sadness"}, [], ["0.5"], OPEN)
@example("demo", {"emotions": {"happiness": 4, "sadness": 4}}, [], [], OPEN)
@example("demo", {"emotions": dict.fromkeys(NAMES, 0.1)}, [], [], OPEN)
def test_the_table(
    name: str, body: dict[str, Any], told_names: list[str], told_scales: list[str], held: Emotions
) -> None:
    clean = [text.strip(" \t") for text in told_names]
    headers = [(EMOTION_HEADER, text.encode()) for text in told_names]
    headers += [(SCALE_HEADER, text.encode()) for text in told_scales]
    if asks_for_nothing(body, clean, told_scales):
        assert steering(name, body, headers, held).mix == VARIANTS.get(name, DEFAULT if held is WITH_DEFAULT else PLAIN)
        return
    broken = broken_rules(body, clean, told_scales) if held in (OPEN, WITH_DEFAULT) else {"emotions_disabled"}
    if broken:
        with pytest.raises(Refused) as refused:
            steering(name, body, headers, held)
        assert refused.value.refusal.status == 400
        assert refused.value.refusal.reason in broken
        return
    found = steering(name, body, headers, held)
    assume(not body.get("emotions") or math.hypot(*body["emotions"].values()) < 3.9999 or len(body["emotions"]) == 1)
    assert dict(found.mix.terms) == wanted(body, clean, told_scales)
    assert found.mix.phase == "all"
