"""Prompts, conversations and templates."""

from tests.engine.killers.bodies import (
    CHAT,
    COMPLETIONS,
    CONTEXT,
    COUNT,
    MESSAGES,
    PIXEL,
    RESPONSES,
    TOKENIZE,
    Killer,
    chat,
    completion,
    message,
    nested,
    response,
    said,
)

WRONG = {"role": "user", "content": [{}]}
REFUSAL = [{"type": "refusal", "refusal": "no"}]
KILLERS = (
    Killer(
        "100,000 brackets as a tool call's arguments",
        CHAT,
        (
            chat(
                messages=[
                    {
                        "role": "assistant",
                        "tool_calls": [
                            {"id": "x", "type": "function", "function": {"name": "f", "arguments": "[" * 100000}}
                        ],
                    }
                ]
            ),
        ),
        400,
    ),
    Killer("a message of 500 levels", CHAT, (said(nested(500)),), 400),
    Killer("250,000 empty messages", CHAT, (chat(messages=[{}] * 250_000),), 400),
    Killer("250,000 numbers as messages", CHAT, (chat(messages=[1] * 250_000),), 400),
    Killer("5,000 times 90 levels", CHAT, (said([nested(90)] * 5000),), 400),
    Killer("4,000 empty items of a response", RESPONSES, (response(input=[{}] * 4000),), 400),
    Killer("1,900 messages of a response with a part that is none", RESPONSES, (response(input=[WRONG] * 1900),), 400),
    Killer("3,000 messages", CHAT, (chat(messages=[{"role": "user", "content": "a"}] * 3000),), 400),
    Killer(
        "a refusal as an earlier answer",
        RESPONSES,
        (
            response(
                input=[{"type": "message", "id": "x", "role": "assistant", "status": "completed", "content": REFUSAL}]
            ),
        ),
        400,
    ),
    Killer("no message", CHAT, (chat(messages=[]),), 400),
    Killer("a message without a role", CHAT, (chat(messages=[{}]),), 400),
    Killer(
        "a role that looks like the end of the text",
        CHAT,
        (chat(messages=[{"role": "\u0000<|eos|>", "content": "x"}]),),
        200,
    ),
    Killer(
        "an image at an address",
        CHAT,
        (said([{"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/x.png"}}]),),
        400,
    ),
    Killer(
        "an image in a file of the server",
        CHAT,
        (said([{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]),),
        400,
    ),
    Killer(
        "an image for a model of text",
        CHAT,
        (said([{"type": "image_url", "image_url": {"url": "data:image/png;base64," + PIXEL}}]),),
        400,
    ),
    Killer(
        "an image at an address, in a part without a type",
        CHAT,
        (said([{"image_url": "http://127.0.0.1:1/x.png"}]),),
        400,
    ),
    Killer("a tensor as a part of a message", CHAT, (said([{"type": "prompt_embeds", "data": "AAAA"}]),), 400),
    Killer(
        "an image at an address, in a tool's result",
        MESSAGES,
        (
            message(
                messages=[
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "tool_result",
                                "tool_use_id": "x",
                                "content": [{"type": "image", "source": {"type": "url", "url": "http://127.0.0.1:1"}}],
                            }
                        ],
                    }
                ]
            ),
        ),
        400,
    ),
    Killer(
        "an image at an address, in a response's input",
        RESPONSES,
        (
            response(
                input=[{"role": "user", "content": [{"type": "input_image", "image_url": "http://127.0.0.1:1/x"}]}]
            ),
        ),
        400,
    ),
    Killer("a tensor as the prompt", COMPLETIONS, (completion(prompt_embeds="AAAA"),), 400),
    Killer("a token beyond the vocabulary", COMPLETIONS, (completion(prompt=[99999]),), 400),
    Killer("the token 2^70", COMPLETIONS, (completion(prompt=[2**70]),), 400),
    Killer("a negative token", COMPLETIONS, (completion(prompt=[-1]),), 400),
    Killer("an empty prompt", COMPLETIONS, (completion(prompt=""),), 400),
    Killer("a prompt of no tokens", COMPLETIONS, (completion(prompt=[[]]),), 400),
    Killer("an empty prompt beside another", COMPLETIONS, (completion(prompt=["a", ""]),), 400),
    Killer("a prompt that fills the context", COMPLETIONS, (completion(prompt=[5] * CONTEXT, max_tokens=1),), 400),
    Killer("a prompt that leaves one token", COMPLETIONS, (completion(prompt=[5] * (CONTEXT - 1), max_tokens=1),), 200),
    Killer(
        "a prompt shortened to nothing", COMPLETIONS, (completion(prompt="abc" * 100, truncate_prompt_tokens=0),), 400
    ),
    Killer(
        "a template that counts to a billion",
        CHAT,
        (chat(chat_template="{% for i in range(10**9) %}{% endfor %}"),),
        400,
    ),
    Killer(
        "a template among the template's variables",
        CHAT,
        (chat(chat_template_kwargs={"chat_template": "{{ 1 }}"}),),
        400,
    ),
    Killer(
        "padding to a billion tokens",
        CHAT,
        (chat(chat_template_kwargs={"padding": "max_length", "max_length": 10**9, "truncation": True}),),
        400,
    ),
    Killer("a budget of 2^70 tokens to think", CHAT, (chat(thinking_token_budget=2**70),), 400),
    Killer(
        "an answer to be continued that is not there",
        CHAT,
        (
            chat(
                messages=[{"role": "assistant", "content": None}],
                continue_final_message=True,
                add_generation_prompt=False,
            ),
        ),
        200,
    ),
    Killer(
        "the oddest characters of Unicode",
        COMPLETIONS,
        (completion(prompt="\u0000\ufffe\U0010ffff\u202e\u200d" * 200 + "\u0301" * 2000),),
        400,
    ),
    Killer("special tokens as text", COMPLETIONS, (completion(prompt="<|eos|><|bos|><|user|>" * 400),), 200),
    Killer("a response in the background", RESPONSES, (response(background=True),), 400),
    Killer("a previous response whose id is a path", RESPONSES, (response(previous_response_id="../../x"),), 400),
    Killer("a prompt of 900,000 characters", COMPLETIONS, (completion(prompt="a" * 900000),), 400),
    Killer("900,000 characters to tokenize", TOKENIZE, ({"model": "demo", "prompt": "a " * 450000},), 400),
    Killer(
        "900,000 characters to count",
        COUNT,
        ({"model": "demo", "messages": [{"role": "user", "content": "a" * 900000}]},),
        400,
    ),
)
