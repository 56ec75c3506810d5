"""What may change while the server runs: the live part and the vectors are watched, and a change taken whole or not.

`disk` reads, `checks` decides, `watch` acts: first the bytes go to every worker, then names stand for them.
"""
