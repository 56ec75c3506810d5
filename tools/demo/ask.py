"""Asks a server as any user's program would: with the openai client, over HTTP. Runs with .venv's Python.

`python -m tools.demo.ask URL MODEL PROMPT...` prints one JSON object a prompt: prompt, text, finish_reason.
"""

import json
import sys

from openai import DefaultHttpxClient, OpenAI

MAX_TOKENS = 48


def main(url: str, model: str, prompts: list[str]) -> None:
    """Prints an answer for each prompt; the client's errors end the program."""
    # No proxy of the environment: the address is one of this machine's own cluster.
    with OpenAI(base_url=url, api_key="none", http_client=DefaultHttpxClient(trust_env=False)) as client:
        for prompt in prompts:
            said = client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": prompt}], max_tokens=MAX_TOKENS, temperature=0
            ).choices[0]
            answer = {"prompt": prompt, "text": said.message.content, "finish_reason": said.finish_reason}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
