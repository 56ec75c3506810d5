"""Run with the engine's Python: prints, as JSON, vLLM's own OpenAPI document and the fields of its request classes."""

import json
from typing import Any

from fastapi import FastAPI
from vllm.entrypoints.anthropic import api_router as anthropic
from vllm.entrypoints.anthropic.protocol import AnthropicCountTokensRequest, AnthropicMessagesRequest
from vllm.entrypoints.openai.chat_completion import api_router as chat
from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
from vllm.entrypoints.openai.completion import api_router as completion
from vllm.entrypoints.openai.completion.protocol import CompletionRequest
from vllm.entrypoints.openai.responses import api_router as responses
from vllm.entrypoints.openai.responses.protocol import ResponsesRequest
from vllm.entrypoints.serve.tokenize import api_router as tokenize
from vllm.entrypoints.serve.tokenize.protocol import TokenizeChatRequest, TokenizeCompletionRequest

REQUESTS: dict[str, tuple[Any, ...]] = {
    "/v1/chat/completions": (ChatCompletionRequest,),
    "/v1/completions": (CompletionRequest,),
    "/v1/responses": (ResponsesRequest,),
    "/v1/messages": (AnthropicMessagesRequest,),
    "/v1/messages/count_tokens": (AnthropicCountTokensRequest,),
    "/tokenize": (TokenizeCompletionRequest, TokenizeChatRequest),
}


def _fields(classes: tuple[Any, ...]) -> list[str]:
    return sorted({field.alias or name for each in classes for name, field in each.model_fields.items()})


if __name__ == "__main__":
    app = FastAPI()
    for module in (anthropic, chat, completion, responses, tokenize):
        app.include_router(module.router)
    fields = {path: _fields(classes) for path, classes in REQUESTS.items()}
    print(json.dumps({"openapi": app.openapi(), "fields": fields}))
