"""One prompt, answered by a served model's base and by its steered variants, side by side in a terminal."""
