"""The load itself: a plan goes in, what was seen of each request comes out; nothing here knows options or reports."""
