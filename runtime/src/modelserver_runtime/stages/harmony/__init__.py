"""What models of type gpt_oss need: they reason in a channel of their own (OpenAI's Harmony format), which stays here.

vLLM tells the channels apart; chat shows the reasoning unless told not to, the Responses and the Messages API always.
"""
