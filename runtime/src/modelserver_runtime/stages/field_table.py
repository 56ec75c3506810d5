"""The trust boundary: which fields of a body reach vLLM, which are dropped, and which are refused, with the reasons.

docs/trust-boundary.md shows the same table, and a test fails when vLLM's own classes have a field that is not in it.
What stands here for no route is unknown, and refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from modelserver_runtime.emotions import asking
from modelserver_runtime.stages import content, field_values, grammars
from modelserver_runtime.stages.field_values import integer, only
from modelserver_runtime.stages.routes import CHAT, COMPLETIONS, COUNT, MESSAGES, RESPONSES, TOKENIZE

GENERATE = (CHAT, COMPLETIONS, RESPONSES, MESSAGES)
OPENAI = (CHAT, COMPLETIONS, RESPONSES)
TWO = (CHAT, COMPLETIONS)
ANTHROPIC = (MESSAGES, COUNT)
TEMPLATED = (CHAT, RESPONSES, MESSAGES, COUNT, TOKENIZE)
ALL = (*GENERATE, COUNT, TOKENIZE)

Check = Callable[[str, object], object]  # field and value; the value that passes on, or Refused


class Decision(Enum):
    """What becomes of a field."""

    PASSED = "passed"
    DROPPED = "dropped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Field:
    """One field on some routes. `why` of a refused one is what its caller reads."""

    name: str
    routes: tuple[str, ...]
    decision: Decision
    why: str
    check: Check | None = None


def _passed(why: str, *names: str, routes: tuple[str, ...], check: Check | None = None) -> Iterator[Field]:
    return (Field(name, routes, Decision.PASSED, why, check) for name in names)


def _dropped(why: str, *names: str, routes: tuple[str, ...], check: Check | None = None) -> Iterator[Field]:
    return (Field(name, routes, Decision.DROPPED, why, check) for name in names)


def _refused(why: str, *names: str, routes: tuple[str, ...]) -> Iterator[Field]:
    return (Field(name, routes, Decision.REFUSED, why) for name in names)


OWN = "the API's own"
SAMPLING = "vLLM's sampling, of this request alone"
PROMPT = "vLLM's, shapes this prompt alone"
GRAMMAR = "bounded in size; schemas, patterns and choices only"
COUNTED = integer(0, None)

TABLE: tuple[Field, ...] = (
    *_passed("a served name; vLLM is told its own", "model", routes=ALL),
    # What is asked.
    *_passed(OWN, "messages", routes=(CHAT, MESSAGES, COUNT, TOKENIZE), check=content.messages),
    *_passed(OWN, "input", routes=(RESPONSES,), check=content.response_input),
    *_passed(OWN, "system", routes=ANTHROPIC, check=content.checked),
    *_passed(OWN, "instructions", routes=(RESPONSES,)),
    *_passed(OWN, "prompt", routes=(COMPLETIONS, TOKENIZE)),
    *_passed(OWN, "tools", routes=(CHAT, RESPONSES, MESSAGES, COUNT, TOKENIZE), check=grammars.tools),
    *_passed(OWN, "tool_choice", routes=(CHAT, RESPONSES, MESSAGES, COUNT)),
    *_passed(OWN, "parallel_tool_calls", routes=(CHAT, RESPONSES)),
    *_passed(OWN, "max_tool_calls", "include", "truncation", "reasoning", routes=(RESPONSES,)),
    *_passed(OWN, "thinking", routes=ANTHROPIC),
    *_passed(OWN, "reasoning_effort", routes=(CHAT,)),
    *_passed(GRAMMAR, "response_format", routes=TWO, check=grammars.response_format),
    *_passed(GRAMMAR, "text", routes=(RESPONSES,), check=grammars.format_inside),
    *_passed(GRAMMAR, "output_config", routes=ANTHROPIC, check=grammars.format_inside),
    *_passed(GRAMMAR, "structured_outputs", routes=OPENAI, check=grammars.structured_outputs),
    # How it is answered.
    *_passed(OWN, "stream", routes=GENERATE, check=field_values.truth),
    *_passed(OWN, "stream_options", routes=TWO),
    *_passed("bounded by generation.maxTokensLimit", "max_tokens", routes=(*TWO, MESSAGES), check=COUNTED),
    *_passed("bounded by generation.maxTokensLimit", "max_completion_tokens", routes=(CHAT,), check=COUNTED),
    *_passed("bounded by generation.maxTokensLimit", "max_output_tokens", routes=(RESPONSES,), check=COUNTED),
    *_passed("weighs as many requests", "n", routes=TWO, check=integer(1, None)),
    *_passed(OWN, "temperature", "top_p", routes=GENERATE),
    *_passed(OWN, "frequency_penalty", "presence_penalty", "logit_bias", routes=OPENAI),
    *_passed("the API's own; at most 20", "top_logprobs", routes=(CHAT, RESPONSES)),
    *_passed("the API's own; at most 20", "logprobs", routes=TWO),
    *_passed(OWN, "seed", "stop", routes=OPENAI),
    *_passed(OWN, "stop_sequences", routes=(MESSAGES,)),
    *_passed("the API's own; not with `logprobs`, see `prompt_logprobs`", "echo", routes=TWO, check=field_values.truth),
    *_passed("echoed in the answer", "metadata", "service_tier", "prompt_cache_key", "user", routes=(RESPONSES,)),
    # vLLM's own.
    *_passed(SAMPLING, "top_k", routes=GENERATE, check=integer(-1, field_values.INT32)),
    *_passed(SAMPLING, "min_p", "repetition_penalty", "stop_token_ids", "ignore_eos", routes=OPENAI),
    *_passed(SAMPLING, "include_stop_str_in_output", "skip_special_tokens", routes=OPENAI),
    *_passed(SAMPLING, "min_tokens", routes=TWO, check=integer(0, field_values.INT32)),
    *_passed(SAMPLING, "bad_words", "allowed_token_ids", "spaces_between_special_tokens", routes=TWO),
    *_passed(SAMPLING, "thinking_token_budget", routes=TWO, check=integer(-1, field_values.INT32)),
    *_passed("only with `logprobs`: how tokens are written", "return_tokens_as_token_ids", routes=TWO),
    *_passed("takes reasoning out of the answer", "include_reasoning", routes=(CHAT, RESPONSES)),
    *_passed(PROMPT, "truncate_prompt_tokens", "truncation_side", routes=TWO),
    *_passed(PROMPT, "add_generation_prompt", "continue_final_message", routes=(CHAT, TOKENIZE)),
    *_passed(PROMPT, "add_special_tokens", routes=(*TWO, TOKENIZE)),
    *_passed(PROMPT, "documents", routes=(CHAT,)),
    *_passed(PROMPT, "chat_template_kwargs", routes=TEMPLATED, check=field_values.template_variables),
    *_passed("vLLM's, of this answer alone", "return_token_strs", routes=(TOKENIZE,)),
    # Without meaning here, and harmless: SDKs and tools send them to every server.
    *_dropped("nothing here reads it", "user", "safety_identifier", routes=TWO),
    *_dropped("nothing here reads it", "safety_identifier", "moderation", routes=(RESPONSES,)),
    *_dropped("nothing here reads it", "metadata", "service_tier", "moderation", "verbosity", routes=(CHAT,)),
    *_dropped("nothing here reads it", "prediction", routes=(CHAT,)),
    *_dropped("nothing is stored", "store", routes=(CHAT, RESPONSES)),
    *_dropped("prefixes are cached by themselves", "prompt_cache_key", routes=(CHAT,)),
    *_dropped(
        "prefixes are cached by themselves",
        *("prompt_cache_options", "prompt_cache_retention"),
        routes=(CHAT, RESPONSES),
    ),
    *_dropped("events are not padded", "stream_options", routes=(RESPONSES,)),
    *_dropped("only text; another is refused", "modalities", routes=(CHAT,), check=only(["text"])),
    *_dropped("only 1; another is refused", "best_of", routes=(COMPLETIONS,), check=only(1)),
    *_dropped("only 1; another is refused", "length_penalty", routes=TWO, check=only(1)),
    *_dropped("prefixes are cached by themselves", "cache_control", routes=ANTHROPIC),
    *_dropped("nothing here reads it", "metadata", "service_tier", "inference_geo", "diagnostics", routes=(MESSAGES,)),
    *_dropped("nothing here reads it", "speed", "user_profile_id", "workspace_id", routes=ANTHROPIC),
    *_dropped("prompts are never shortened unasked", "context_management", routes=(RESPONSES, *ANTHROPIC)),
    # Ours. What may stand in them is `emotions.asking`'s to say, which has read them before.
    *_dropped("read by this server: how the answer is steered", *asking.FIELDS, routes=GENERATE),
    *_dropped("steering changes no number of tokens", *asking.FIELDS, routes=(COUNT, TOKENIZE)),
    # Asked for in vain: a caller has to know.
    *_refused("answers are not kept; send `background: false` and wait", "background", routes=(RESPONSES,)),
    *_refused(
        "answers are not kept; send the whole conversation as `input`", "previous_response_id", routes=(RESPONSES,)
    ),
    *_refused("conversations are not kept; send the whole one as `input`", "conversation", routes=(RESPONSES,)),
    *_refused("prompts are not kept; send its text as `instructions`", "prompt", routes=(RESPONSES,)),
    *_refused("answers are text only", "audio", routes=(CHAT,)),
    *_refused("answers are text only", "image", routes=(RESPONSES,)),
    *_refused("this server does not search the web", "web_search_options", routes=(CHAT,)),
    *_refused("send `tools` and `tool_choice`", "functions", "function_call", routes=(CHAT,)),
    *_refused("text is only written at the end", "suffix", routes=(COMPLETIONS,)),
    *_refused("this server runs no tools itself", "container", "mcp_servers", routes=(MESSAGES,)),
    *_refused("it grants nothing here", "access_programs", routes=(RESPONSES,)),
    *_refused(
        "vLLM would ignore it; send `structured_outputs` or `response_format`",
        *("guided_json", "guided_regex", "guided_choice", "guided_grammar", "guided_decoding_backend"),
        routes=TWO,
    ),
    # Dangerous, or somebody else's to say.
    *_refused("the order of requests is the server's", "priority", routes=OPENAI),
    *_refused("ids in the engine are the server's; send the header x-request-id", "request_id", routes=OPENAI),
    *_refused("where requests are computed is the server's", "session_id", routes=OPENAI),
    *_refused("who shares a cache is the server's", "cache_salt", routes=GENERATE),
    *_refused("engine parameters are the server's", "vllm_xargs", "kv_transfer_params", routes=GENERATE),
    *_refused("engine parameters are the server's", "ec_transfer_params", "logits_processors", routes=GENERATE),
    *_refused("whether answers are marked is the server's", "watermarking", routes=GENERATE),
    *_refused("how often a stream is sent is the server's", "stream_interval", routes=TWO),
    *_refused("it multiplies a request's cost unseen", "use_beam_search", routes=TWO),
    *_refused("it takes a time that nobody bounds", "repetition_detection", routes=TWO),
    *_refused("it takes memory for each token of the prompt times the vocabulary", "prompt_logprobs", routes=TWO),
    *_refused("send `top_logprobs` or `logprobs`", "logprob_token_ids", routes=TWO),
    *_refused("a tensor from a caller is never unpacked", "prompt_embeds", routes=(COMPLETIONS,)),
    *_refused("a template from a caller is a program", "chat_template", routes=(*GENERATE, TOKENIZE)),
    *_refused(
        "how media are read is the server's", "media_io_kwargs", "mm_processor_kwargs", routes=(*OPENAI, TOKENIZE)
    ),
    *_refused("the engine's insides stay inside", "mm_payload", "return_mm_kwargs", routes=GENERATE),
    *_refused("the engine's insides stay inside", "return_token_ids", "return_token_offsets", routes=TWO),
    *_refused("the engine's insides stay inside", "routed_experts_prompt_start", routes=TWO),
    *_refused("the engine's insides stay inside", "return_prompt_text", routes=(CHAT,)),
    *_refused("the engine's insides stay inside", "enable_response_messages", routes=(RESPONSES,)),
    *_refused("send the conversation as `input`", "previous_input_messages", routes=(RESPONSES,)),
)

BY_ROUTE: dict[str, dict[str, Field]] = {
    path: {field.name: field for field in TABLE if path in field.routes} for path in ALL
}
