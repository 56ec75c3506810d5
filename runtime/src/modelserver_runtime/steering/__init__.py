"""Steering on an unmodified vLLM: what each token's residual stream is moved by, in every process of the engine.

`spec` and `current` import neither torch nor vllm: they are what the front end and the engine's processes have in
common. The plugin's other modules, with `engine`, are the only importers of vllm.
"""
