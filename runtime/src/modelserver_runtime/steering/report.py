"""What the processes of an engine tell each other of steering."""

VERSION = 1  # raised with each change of what they tell or ask
CORE_METHOD = "steering_core_report"  # of vLLM's EngineCore, called by name
