"""From what a load test has recorded to its report: figures and how sure they are, as text, JSON and page."""
