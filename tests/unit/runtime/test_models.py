"""The models' routes, in each API's own words, and what is no route."""

import re
from typing import Any

import pytest
from tests.unit.runtime.scripted import Bench, Caller

from modelserver_runtime.refusals import Family, Refused
from modelserver_runtime.stages import model_list

ANTHROPIC = {"anthropic-version": "2023-06-01"}
NAMES = [f"m{number}" for number in range(5)]


async def got(path: str, method: str = "GET", **headers: str) -> Caller:
    return await Bench().ask(path, method=method, headers=headers).done()


async def test_openai_lists_all() -> None:
    document = (await got("/v1/models")).document
    assert [each["id"] for each in document["data"]] == ["demo", "org/demo"]
    assert document["object"] == "list"
    assert (await got("/v1/models/org/demo")).document == document["data"][1]


async def test_anthropic_lists_in_its_own_shape() -> None:
    document = (await got("/v1/models", **ANTHROPIC)).document
    (first, second) = document["data"]
    assert document == {"data": [first, second], "has_more": False, "first_id": "demo", "last_id": "org/demo"}
    assert {**first, "created_at": ""} == {"type": "model", "id": "demo", "display_name": "demo", "created_at": ""}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["created_at"])
    assert (await got("/v1/models/org/demo", **ANTHROPIC)).document == second


def page(query: bytes) -> tuple[list[str], bool, str | None, str | None]:
    cards = [model_list.card(model_list.Model(name, 0, 4096), Family.ANTHROPIC) for name in NAMES]
    document = model_list.listed(cards, Family.ANTHROPIC, query)
    return [each["id"] for each in document["data"]], document["has_more"], document["first_id"], document["last_id"]


@pytest.mark.parametrize(
    ("query", "names", "more"),
    [
        (b"", NAMES, False),
        (b"limit=5", NAMES, False),
        (b"limit=2", ["m0", "m1"], True),
        (b"limit=2&after_id=m1", ["m2", "m3"], True),
        (b"limit=2&after_id=m2", ["m3", "m4"], False),
        (b"after_id=m4", [], False),
        (b"limit=2&before_id=m4", ["m2", "m3"], True),
        (b"limit=2&before_id=m2", ["m0", "m1"], False),
        (b"before_id=m0", [], False),
        (b"after_id=m0&before_id=m3&limit=1", ["m1"], True),
        (b"beta=true&limit=1000", NAMES, False),
    ],
)
def test_anthropics_pages(query: bytes, names: list[str], more: bool) -> None:
    assert page(query) == (names, more, names[0] if names else None, names[-1] if names else None)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (b"limit=0", "limit"),
        (b"limit=1001", "limit"),
        (b"limit=1e2", "limit"),
        (b"limit=-1", "limit"),
        (b"limit=99999999999999999999", "limit"),
        (b"limit=\xb2", "limit"),
        (b"after_id=nope", "after_id"),
        (b"before_id=%ff", "before_id"),
    ],
)
def test_a_query_that_asks_for_no_page_is_refused(query: bytes, name: str) -> None:
    with pytest.raises(Refused) as refused:
        page(query)
    assert (refused.value.refusal.status, refused.value.refusal.param) == (400, name)


def test_openai_has_no_pages() -> None:
    assert model_list.listed([{"id": "a"}], Family.OPENAI, b"limit=0") == {"object": "list", "data": [{"id": "a"}]}


@pytest.mark.parametrize(
    ("path", "method", "headers", "status", "shape"),
    [
        ("/v1/models/nope", "GET", {}, 404, "openai"),
        ("/v1/models/nope", "GET", ANTHROPIC, 404, "anthropic"),
        ("/v1/models/", "GET", {}, 404, "openai"),
        ("/v1/messages/batches", "POST", {}, 404, "anthropic"),
        ("/v1/messages/count_tokens/x", "POST", {}, 404, "anthropic"),
        ("/v1/responses/resp_1", "GET", {}, 404, "openai"),
        ("/v1/responses/resp_1/cancel", "POST", {}, 404, "openai"),
        ("/v1/embeddings", "POST", ANTHROPIC, 404, "anthropic"),
        ("/v1/chat/completions/", "POST", {}, 404, "openai"),
        ("/detokenize", "POST", {}, 404, "openai"),
        ("/metrics", "GET", {}, 404, "openai"),
        ("/v1/chat/completions", "GET", {}, 405, "openai"),
        ("/v1/messages", "PUT", {}, 405, "anthropic"),
        ("/v1/models", "POST", {}, 405, "openai"),
        ("/tokenize", "HEAD", {}, 405, "openai"),
    ],
)
async def test_what_is_no_route_is_told_in_the_callers_shape(
    path: str, method: str, headers: dict[str, Any], status: int, shape: str
) -> None:
    caller = await got(path, method, **headers)
    assert caller.status == status
    assert ("type" in caller.document) == (shape == "anthropic")
    assert caller.document["error"]["message"]
    assert ("allow" in caller.headers) == (status == 405)


@pytest.mark.parametrize("path", ["/", "/health", "/v1/models", "/v1/models/org/demo"])
async def test_what_can_be_read_can_be_asked_for_its_head(path: str) -> None:
    assert (await got(path, "HEAD")).status == 200


async def test_tokenize_takes_no_slot() -> None:
    bench = Bench(max_running=1, max_waiting=0)
    running = bench.chat()
    await bench.engine.call()
    caller = bench.ask("/tokenize", {"model": "org/demo", "prompt": "hi", "return_token_strs": True})
    call = await bench.engine.call(1)
    assert await call.document() == {"model": "demo", "prompt": "hi", "return_token_strs": True}
    await call.answer({"count": 2, "tokens": [1, 2]})
    assert (await caller.done()).document == {"count": 2, "tokens": [1, 2]}
    await bench.engine.play_on([running])
