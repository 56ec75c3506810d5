"""Vectors made for a model: from pairs of texts, or from directions that another tool found."""
