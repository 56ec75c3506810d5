"""Serves one model: an ASGI shell around vLLM, with admission, drain and a control port."""

__version__ = "0.1.0"
