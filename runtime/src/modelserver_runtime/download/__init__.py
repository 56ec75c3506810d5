"""Downloads one model of a Hugging Face hub into a folder, once: what the init container of a served pod runs.

huggingface_hub has the addresses, headers, session and errors. Its own downloads are not used: since 1.18 a process
that is killed leaves nothing that the next one goes on with, and it compares sizes where the hub states digests. Xet,
the hub's other protocol, is never spoken: it has no byte ranges to go on from, and the same files come over HTTP.
"""
