"""What vectors do at each scale: their effect, what they cost in fluency, and whether one knows them apart.

Everything is judged by the unsteered model that reads the steered answers again: what it sees of an emotion then, only
the text can have told it. No outside classifier, so it works for any model, language and emotion.
"""
