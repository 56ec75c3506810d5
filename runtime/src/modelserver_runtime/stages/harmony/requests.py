"""What a request to a model with channels may not ask, and what it never gets."""

from typing import Any

from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.stages.field_values import not_supported
from modelserver_runtime.stages.harmony import stops
from modelserver_runtime.stages.routes import CHAT, COMPLETIONS, RESPONSES

RAW_TEXT = Refusal(
    400,
    "not_supported",
    "This model speaks in channels, and raw text has none that would tell its reasoning from its answer: "
    "use /v1/chat/completions, /v1/responses or /v1/messages.",
)

GUESS = "this model reasons out of sight, and it would answer guesses at the reasoning"
CHANNELS = "this model speaks in channels, and it would change the tokens that tell them apart"
LENGTH = "this model speaks in channels, and would go on after the end of its answer"
PROMPT = "this model's prompt says which channels there are; send a shorter one"
UNANSWERABLE = {
    "stop_token_ids": GUESS,
    "include_stop_str_in_output": GUESS,
    "logit_bias": CHANNELS,
    "bad_words": CHANNELS,
    "allowed_token_ids": CHANNELS,
    "repetition_penalty": CHANNELS,
    "skip_special_tokens": CHANNELS,
    "spaces_between_special_tokens": CHANNELS,
    "min_tokens": LENGTH,
    "ignore_eos": LENGTH,
    "thinking_token_budget": "what would be reasoned beyond it would become the answer; send `reasoning_effort`",
    "truncate_prompt_tokens": PROMPT,
    "truncation": PROMPT,
}
# Values that ask for nothing, besides false, 0, "", [] and {}.
NOTHING = {
    "repetition_penalty": 1,
    "skip_special_tokens": True,
    "spaces_between_special_tokens": True,
    "thinking_token_budget": -1,
    "truncation": "disabled",
}
TRUE_BY_DEFAULT = ("skip_special_tokens", "spaces_between_special_tokens")


def answerable(path: str, document: dict[str, Any]) -> dict[str, Any]:
    """The body without what is not vLLM's to see (a Rewrite): the redactor looks for stop strings in its place.

    Where vLLM can switch the reasoning off, it is told to; the redactor stands behind it.

    Raises:
        Refused: 400 on the route that has raw text only, and for a field that cannot be had.
    """
    if path == COMPLETIONS:
        raise Refused(RAW_TEXT)
    for name in UNANSWERABLE.keys() & document.keys():
        if _asks(name, document[name]):
            not_supported(name, UNANSWERABLE[name])
    if path == RESPONSES and document.get("stop"):
        not_supported("stop", "it is no field of this API, and this model would look for it in its reasoning, too")
    stops.checked(path, document)
    mine = {*UNANSWERABLE, *stops.FIELDS.values()}
    passed = {name: value for name, value in document.items() if name not in mine}
    return {**passed, "include_reasoning": False} if path == CHAT else passed


def _asks(name: str, value: object) -> bool:
    return value != NOTHING.get(name) and (bool(value) or name in TRUE_BY_DEFAULT)
