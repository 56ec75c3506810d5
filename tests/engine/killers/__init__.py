"""Inputs made to kill or hang the engine, each with what its callers get through the shell.

docs/trust-boundary.md has them as a table, with what vLLM does without the shell.
"""

from tests.engine.killers import grammars, prompts, sampling
from tests.engine.killers.bodies import Killer

KILLERS: tuple[Killer, ...] = (*sampling.KILLERS, *grammars.KILLERS, *prompts.KILLERS)
