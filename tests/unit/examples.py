"""How Hypothesis chooses and tries examples: the same each time, and however long one takes on a busy machine."""

from hypothesis import HealthCheck, settings

ALIKE = settings(deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
