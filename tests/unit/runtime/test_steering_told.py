"""Where steering shows: the lists of models, the log, metrics, /stats, and pages of other origins."""

import re

import pytest
from prometheus_client import generate_latest
from tests.unit.emotions.given import DIGESTS, STRENGTHS, VARIANTS, in_force
from tests.unit.runtime import configs
from tests.unit.runtime.scripted import CHAT, Bench, Caller
from tests.unit.runtime.steered import steered

from modelserver_runtime import stats
from modelserver_runtime.config import StartConfig
from modelserver_runtime.emotions.mapping import InForce, Mix
from modelserver_runtime.metrics import MOST_VARIANTS
from modelserver_runtime.vectors.index import MOST_VECTORS

ANTHROPIC = {"anthropic-version": "2023-06-01"}
DEFAULT = Mix((("happiness", 20),))
ORIGIN = "https://app.example.com"


async def got(bench: Bench, path: str, **headers: str) -> Caller:
    return await bench.ask(path, method="GET", headers=headers).done()


async def test_openai_lists_variants_with_base_and_mix() -> None:
    bench, _ = steered()
    cards = {each["id"]: each for each in (await got(bench, "/v1/models")).document["data"]}

    assert [*cards] == ["demo", "org/demo", "cheerful", "grave"]
    assert cards["demo"].keys() == {"id", "object", "created", "owned_by", "max_model_len"}
    assert cards["cheerful"] == {**cards["demo"], "id": "cheerful", "parent": "demo", "emotions": {"happiness": 0.7}}
    assert cards["grave"]["emotions"] == {"sadness": 0.3, "surprise": -0.2}
    assert (cards["grave"]["parent"], cards["grave"]["phase"]) == ("demo", "decode")
    assert (await got(bench, "/v1/models/grave")).document == cards["grave"]


async def test_base_names_are_listed_with_the_default() -> None:
    bench, _ = steered(in_force(default=DEFAULT))
    base, alias, cheerful, _ = (await got(bench, "/v1/models")).document["data"]

    assert (base["emotions"], alias["emotions"]) == ({"happiness": 0.2}, {"happiness": 0.2})
    assert "parent" not in base
    assert cheerful["emotions"] == {"happiness": 0.7}
    shown = (await got(bench, "/v1/models/demo", **ANTHROPIC)).document
    assert shown["display_name"] == "demo (happiness=0.20)"


async def test_anthropic_tells_the_mix_in_the_name_for_people_and_has_no_field_of_ours() -> None:
    bench, _ = steered()
    document = (await got(bench, "/v1/models", **ANTHROPIC)).document

    assert [each["display_name"] for each in document["data"]] == [
        "demo",
        "org/demo",
        "cheerful (happiness=0.70)",
        "grave (sadness=0.30,surprise=-0.20;phase=decode)",
    ]
    assert {key for each in document["data"] for key in each} == {"type", "id", "display_name", "created_at"}
    assert document["last_id"] == "grave"


async def test_a_variant_that_is_removed_is_gone_and_one_that_came_is_there() -> None:
    bench, _ = steered()
    bench.parts.emotions.flip(in_force(variants={"new": VARIANTS["grave"]}), STRENGTHS)

    assert [each["id"] for each in (await got(bench, "/v1/models")).document["data"]] == ["demo", "org/demo", "new"]
    assert (await got(bench, "/v1/models/new")).status == 200
    assert (await got(bench, "/v1/models/grave")).status == 404
    assert (await bench.chat("grave").done()).document["error"]["code"] == "model_not_found"


async def test_the_log_says_how_each_request_was_steered(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="modelserver_runtime")
    bench, engine = steered(most=1)
    answered = bench.chat("cheerful")
    await engine.call()
    for refused in (bench.chat("nope"), bench.chat(emotion="fear")):
        await refused.done()
    await engine.play_on([answered])
    await got(bench, "/v1/models")

    told = {record.__dict__["fields"]["status"]: record.__dict__["fields"] for record in caplog.records[:3]}
    assert told[200]["steering"] == f"happiness=0.70;rev={in_force().revision}"
    assert (told[404]["steering"], told[429]["steering"]) == (None, None), "nothing was answered"
    assert caplog.records[3].__dict__["fields"]["steering"] is None


async def test_requests_are_counted_by_each_vector_that_steers_them() -> None:
    bench, engine = steered()
    await engine.play_on([bench.chat("grave")])
    await engine.play_on([bench.chat("cheerful")])
    await engine.play_on([bench.chat()])
    await engine.play_on([bench.chat(emotions={"happiness": 1, "fear": 0})])
    await bench.chat(emotion="rage").done()

    counted = {
        sample.labels["emotion"]: sample.value
        for family in bench.registry.collect()
        for sample in family.samples
        if sample.name == "modelserver_emotions_requests_total"
    }
    assert counted == {"none": 1, "happiness": 2, "sadness": 1, "surprise": 1}


async def test_none_is_there_from_the_first_scrape_on() -> None:
    assert 'modelserver_emotions_requests_total{emotion="none"} 0.0' in generate_latest(Bench().registry).decode()


async def test_active_mixes_are_those_of_unfinished_requests() -> None:
    bench, engine = steered()
    callers = [bench.chat("cheerful"), bench.chat("cheerful"), bench.chat("grave"), bench.chat()]
    await engine.call(1)
    assert bench.metric("modelserver_active_mixes") == 2
    await engine.play_on(callers)
    assert bench.metric("modelserver_active_mixes") == 0


async def test_the_live_part_shows_in_metrics() -> None:
    bench, _ = steered()
    metrics = bench.parts.metrics
    metrics.live_refused(True)
    metrics.live_changed()
    assert (bench.metric("modelserver_live_refused"), bench.metric("modelserver_live_changes_total")) == (1, 1)
    metrics.live_refused(False)
    assert bench.metric("modelserver_live_refused") == 0


async def test_a_variant_has_figures_of_its_own_from_its_first_request_on() -> None:
    bench, engine = steered()
    await engine.play_on([bench.chat("cheerful")])
    bench.parts.emotions.flip(InForce(), STRENGTHS)
    config = StartConfig.model_validate(configs.start())

    by_name = stats.by_name(bench.parts.metrics)
    assert [*by_name] == [*config.server.served_names, "cheerful"]
    assert by_name["cheerful"]["requests"]["answered"] == 1
    assert bench.metric("modelserver_requests_total", model="cheerful", outcome="answered") == 1


async def test_variants_and_vectors_that_come_and_go_leave_no_more_than_the_last_behind() -> None:
    """As where names have a date or a build's number in them: series, and /stats with them, would grow for ever."""
    bench, _ = steered()
    metrics, config = bench.parts.metrics, StartConfig.model_validate(configs.start())
    names = [*config.server.served_names]
    for number in range(300):
        for name in ("demo", "daily", f"cheerful-{number}"):
            metrics.measure(name)
            metrics.steered(Mix((("joy", 10), (f"joy-{number}", 20))))

    last = [f"cheerful-{number}" for number in range(300 - MOST_VARIANTS + 1, 300)]
    assert sorted(metrics.series) == sorted([*names, "daily", *last]), "what is used is kept, however old"
    text = generate_latest(bench.registry).decode()
    assert len(set(re.findall(r'model="(cheerful-\d+)"', text))) == len(last)
    assert text.count("modelserver_emotions_requests_total{") == MOST_VECTORS + 1
    assert 'modelserver_emotions_requests_total{emotion="joy"} 900.0' in text


async def test_stats_tell_of_a_variant_whose_series_goes_meanwhile() -> None:
    bench, engine = steered()
    await engine.play_on([bench.chat("cheerful")])
    bench.parts.metrics.families.forget("cheerful")
    assert stats.by_name(bench.parts.metrics)["cheerful"]["requests"]["answered"] == 0


@pytest.mark.parametrize("path", ["/v1/messages/count_tokens", "/tokenize"])
async def test_where_tokens_are_counted_names_work_and_emotions_mean_nothing(path: str) -> None:
    bench, engine = steered(most=1)
    fields = {"emotion": "rage", "emotion_scale": "x", "emotions": 5}
    headers = {"x-modelserver-emotion": "rage", "x-request-id": "one"}
    caller = bench.ask(path, {**CHAT, "model": "grave", **fields}, headers=headers)
    call = await engine.call()
    assert (await call.document()) == CHAT
    await call.answer({"count": 1})

    assert (await caller.done()).status == 200
    assert "x-modelserver-steering" not in caller.headers
    assert engine.told == {"one": None}
    assert bench.metric("modelserver_emotions_requests_total", emotion="none") == 0


async def test_pages_of_other_origins_may_read_it() -> None:
    bench = Bench({"cors": {"allowedOrigins": [ORIGIN]}})
    caller = bench.ask("/v1/chat/completions", CHAT, headers={"origin": ORIGIN})
    await bench.engine.play_on([caller])

    assert "x-modelserver-steering" in caller.headers["access-control-expose-headers"].split(", ")
    assert caller.headers["x-modelserver-steering"] == f"none;rev={InForce().revision}"


async def test_several_answers_of_one_request_are_one_mix() -> None:
    bench, engine = steered(most=1)
    caller = bench.chat("cheerful", n=2)
    await engine.call()
    assert bench.parts.emotions.active.names(DIGESTS["happiness"])
    await engine.play_on([caller])
    assert caller.status == 200
