"""Emotions as callers know them: names, mixes, and what a request asks for. Pure; no torch, no vllm.

`mapping` is what is in force; `live` (one level up) replaces it as a whole.
"""
