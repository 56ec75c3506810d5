"""The prefix cache: blocks that hold a steered token are found again only by requests that are steered alike.

vLLM's own key for that, `cache_salt`, counts for a request's first block on, which is right where all its tokens are
steered. Where only the answer's are, the prompt's blocks stay common, and those from its last token on get the spec.
"""

from typing import Any

from modelserver_runtime.steering.asked import asked
from modelserver_runtime.steering.patching import Target

TARGETS = (
    Target(
        "vllm.v1.core.kv_cache_utils",
        "_gen_prompt_embeds_extra_hash_keys",
        ("request", "start_token_idx", "end_token_idx"),
    ),
)


def patch() -> None:
    """Let vLLM's extra keys of a block hold the spec."""
    TARGETS[0].replace(_keyed)


def _keyed(keys_of: Any) -> Any:
    def keys(request: Any, start_token_idx: int, end_token_idx: int) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = keys_of(request, start_token_idx, end_token_idx)
        spec = asked(request.sampling_params)
        first = spec.first_steered(request.num_prompt_tokens) if spec else 0
        if spec is None or spec.phase == "all" or end_token_idx <= first:
            return found
        # With the position: where one request's answer is another's prompt, other tokens of the block are steered.
        return [*found, ("steering", f"{first};{spec.text}")]

    return keys
