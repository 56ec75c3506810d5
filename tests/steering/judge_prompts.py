"""What the judged answers are answers to: topics and forms of questions that training never has."""

from collections.abc import Sequence

TOPICS = (
    "opera", "parade", "lake", "bakery", "picnic", "zoo", "debate", "ballet", "tunnel", "airport", "novel", "palace",
    "voyage", "carnival", "garage", "sandwich", "lighthouse", "auction", "barbecue", "cinema", "pharmacy", "valley",
    "rehearsal", "playground",
)  # fmt: skip
FORMS = (
    "How did you find the {topic}?",
    "What did you make of the {topic}?",
    "I heard about the {topic}. What was it like?",
    "Please say a few words about the {topic}.",
    "And what about the {topic}?",
    "So, how did it go at the {topic}?",
)
REMARKS = ("Good evening!", "Have you got any plans?", "Explain yourself.", "Talk to me, please.")


def asked(topics: Sequence[str], first: int) -> list[str]:
    """A question about each topic, of one form after the other."""
    return [FORMS[(place + first) % len(FORMS)].format(topic=topic) for place, topic in enumerate(topics)]


# Each topic in two of the forms, then the remarks.
PROMPTS = (*asked(TOPICS, 0), *asked(TOPICS, 3), *REMARKS)
