"""What the engine does: tokens, its cache, and how it is steered."""

from charts.dashboards import look
from charts.dashboards.page import Row
from charts.dashboards.panels import graph
from charts.dashboards.queries import WINDOW, Query, most, share, total
from charts.dashboards.server.view import VIEW

HITS, ASKED = "vllm:prefix_cache_hits_total", "vllm:prefix_cache_queries_total"


def tokens() -> Row:
    """Tokens and the cache that bounds how many requests run side by side."""
    prompt, completion = VIEW.rate("modelserver_prompt_tokens_total"), VIEW.rate("modelserver_completion_tokens_total")
    capacity = VIEW.series("vllm:num_requests_waiting_by_reason", 'reason="capacity"')
    return "Tokens and cache", (
        graph(
            "Tokens",
            "Tokens of prompts, and tokens generated; hidden reasoning is among these.",
            Query(prompt, "prompts"),
            Query(completion, "generated"),
            unit=look.TOKENS,
        ),
        graph(
            "Tokens generated, by served name",
            "Which name the tokens are generated for.",
            Query(VIEW.rate("modelserver_completion_tokens_total", "model"), "{{model}}"),
            unit=look.TOKENS,
            stacked=True,
        ),
        graph(
            "Tokens a request",
            "The mean of the prompts and of the answers that have ended. Longer ones explain longer times.",
            Query(share(prompt, VIEW.rate("modelserver_requests_admitted_total")), "prompt"),
            Query(share(completion, VIEW.rate("modelserver_requests_admitted_total")), "answer"),
        ),
        graph(
            "KV cache in use",
            "The part of the cache that requests hold, each pod. One that is too small need not look full: see Short "
            "of cache.",
            Query(most(VIEW.series("vllm:kv_cache_usage_perc"), "pod"), "{{pod}}"),
            unit="percentunit",
            most=1.0,
        ),
        graph(
            "Short of cache",
            "Requests let in that wait inside vLLM for room in the cache, and requests that were put aside for others. "
            "Both are 0 where the cache is large enough.",
            Query(total(capacity), "waiting for room"),
            Query(VIEW.rate("vllm:num_preemptions_total"), "put aside, each second"),
        ),
        graph(
            "Prefix cache hits",
            "The part of the prompts' tokens that vLLM found in its cache. Steered requests have entries of their own.",
            Query(share(VIEW.rate(HITS), VIEW.rate(ASKED)), "of all tokens"),
            unit="percentunit",
            most=1.0,
        ),
    )


def emotions() -> Row:
    """How requests are steered, and whether the mapping in force is the one that is wanted."""
    changes = total(f"increase({VIEW.series('modelserver_live_changes_total')}[{WINDOW}])", "pod")
    return "Emotions", (
        graph(
            "Requests, by emotion",
            "Requests let into the engine, by each emotion that steers them; `none` are those that nothing steers.",
            Query(f"{VIEW.rate('modelserver_emotions_requests_total', 'emotion')} > 0", "{{emotion}}"),
            unit="reqps",
            stacked=True,
        ),
        graph(
            "Different mixes at once",
            "Mixes of emotions among unfinished requests. From `steering.maxActiveMixes` on another one is refused.",
            Query(most(VIEW.series("modelserver_active_mixes"), "pod"), "{{pod}}"),
        ),
        graph(
            "Changes of the live part",
            "When each pod has put a retune in force; and 1 as long as it refuses the one that it has found last.",
            Query(changes, "in force: {{pod}}"),
            Query(most(VIEW.series("modelserver_live_refused"), "pod"), "refused: {{pod}}"),
        ),
    )
