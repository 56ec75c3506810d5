"""`python -m tests.engine.harmony_model FOLDER`: make the model there."""

import sys
from pathlib import Path

import torch
from tests.engine.harmony_model import files
from tests.engine.harmony_model.training import trained
from tests.engine.harmony_model.transcripts import transcripts

if __name__ == "__main__":
    torch.manual_seed(0)
    learnt = transcripts(600, seed=0)
    used = sorted({token for one in learnt for token in one.asked + one.said})
    files.write(Path(sys.argv[1]), trained(learnt, used, files.VOCABULARY_SIZE), used)
