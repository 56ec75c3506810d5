"""Numbers, and what is computed with them."""

from tests.engine.killers.bodies import CHAT, COMPLETIONS, VOCABULARY, Killer, chat, completion

KILLERS = (
    Killer(
        "a `seed` with prompts that do not fit into one step",
        COMPLETIONS,
        tuple(completion(prompt=letter * 3900, seed=7, temperature=1) for letter in "abcd"),
        200,
    ),
    Killer(
        "`prompt_logprobs` of a long prompt", COMPLETIONS, (completion(prompt="a" * 3000, prompt_logprobs=20),), 400
    ),
    Killer("`echo` with `logprobs`", COMPLETIONS, (completion(prompt="a" * 3000, echo=True, logprobs=20),), 400),
    Killer(
        "`echo` with `logprobs` in a stream of two",
        COMPLETIONS,
        (completion(echo=True, stream=True, logprobs=2, n=2, temperature=1),),
        400,
    ),
    Killer("beam search with 20 beams", COMPLETIONS, (completion(use_beam_search=True, n=20, max_tokens=20),), 400),
    Killer("3,000 sequences of one prompt", COMPLETIONS, (completion(n=3000, max_tokens=1),), 400),
    Killer("1,000 prompts", COMPLETIONS, (completion(prompt=["a"] * 1000, max_tokens=1),), 400),
    Killer("2^70 tokens", COMPLETIONS, (completion(max_tokens=2**70),), 400),
    Killer(
        "at least four tokens, each of which ends the answer",
        COMPLETIONS,
        (completion(min_tokens=4, stop_token_ids=list(range(VOCABULARY))),),
        200,
    ),
    Killer("a stop token beyond the vocabulary", COMPLETIONS, (completion(stop_token_ids=[99999], min_tokens=2),), 400),
    Killer("a stop string of 500,000 characters", COMPLETIONS, (completion(stop="x" * 500_000),), 200),
    Killer("an empty stop string", COMPLETIONS, (completion(stop=[""]),), 400),
    Killer("a bias for a token beyond the vocabulary", COMPLETIONS, (completion(logit_bias={"99999": 5}),), 400),
    Killer(
        "a bias of 1e308 for every token",
        COMPLETIONS,
        (completion(logit_bias={str(i): 1e308 for i in range(VOCABULARY)}, temperature=1),),
        200,
    ),
    Killer("a bias for no number", COMPLETIONS, (completion(logit_bias={"x": 5}),), 400),
    Killer("allowed tokens beyond the vocabulary", COMPLETIONS, (completion(allowed_token_ids=[99999]),), 400),
    Killer("no token allowed", COMPLETIONS, (completion(allowed_token_ids=[]),), 400),
    Killer(
        "the one allowed token forbidden",
        COMPLETIONS,
        (completion(allowed_token_ids=[70], bad_words=["B"], temperature=1),),
        200,
    ),
    Killer("5,000 bad words", COMPLETIONS, (completion(bad_words=[f"a{i}" for i in range(5000)]),), 400),
    Killer("a temperature of 1e-300", COMPLETIONS, (completion(temperature=1e-300),), 200),
    Killer(
        "a repetition penalty of 1e-45",
        COMPLETIONS,
        (completion(repetition_penalty=1e-45, temperature=1, top_p=0.5),),
        200,
    ),
    Killer("`top_k` of 2^70", COMPLETIONS, (completion(top_k=2**70, temperature=1),), 400),
    Killer("a seed of 2^63 − 1", COMPLETIONS, (completion(seed=2**63 - 1, temperature=1),), 200),
    Killer("a billion `logprobs`", COMPLETIONS, (completion(logprobs=1000000000),), 400),
    Killer("logprobs of tokens beyond the vocabulary", CHAT, (chat(logprobs=True, logprob_token_ids=[99999]),), 400),
    Killer(
        "two requests of one id",
        COMPLETIONS,
        (completion(request_id="same", max_tokens=200, ignore_eos=True),) * 2,
        400,
    ),
    Killer(
        "a search for repetitions of any length",
        COMPLETIONS,
        (
            completion(
                max_tokens=3000,
                ignore_eos=True,
                repetition_detection={"max_pattern_size": 10**9, "min_pattern_size": 1, "min_count": 2},
            ),
        ),
        400,
    ),
    Killer("a stream in steps of 2^70 tokens", COMPLETIONS, (completion(stream=True, stream_interval=2**70),), 400),
    Killer(
        "`vllm_xargs` in the place of KV transfer",
        COMPLETIONS,
        (completion(vllm_xargs={"kv_transfer_params": "x"}),),
        400,
    ),
    Killer(
        "a KV cache fetched from elsewhere",
        COMPLETIONS,
        (
            completion(
                kv_transfer_params={
                    "do_remote_prefill": True,
                    "remote_block_ids": [1],
                    "remote_engine_id": "x",
                    "remote_host": "127.0.0.1",
                    "remote_port": 1,
                }
            ),
        ),
        400,
    ),
)
