"""A local server that speaks the protocol of a Hugging Face hub, for tests of downloads."""
