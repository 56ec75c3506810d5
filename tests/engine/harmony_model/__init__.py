"""A tiny gpt-oss model that thinks aloud: made in seconds by the engine's Python, so that a leak would be seen."""
