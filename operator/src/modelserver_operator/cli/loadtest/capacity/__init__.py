"""The search for the largest rate that meets the objectives, and what follows from it for a scaler."""
