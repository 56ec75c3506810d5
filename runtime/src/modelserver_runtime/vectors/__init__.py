"""Steering vectors: their files, how they are extracted and calibrated, and the demo model that shows them.

A vector is one unit direction per decoder layer. At scale s it adds, after each layer i of its band,
s × factor × norm of layer i × direction of layer i to the residual stream; scale 1.0 means the same strength for
every vector and model (`strength.REFERENCE_KL`). Nothing here imports vllm; torch only where it computes.
"""
