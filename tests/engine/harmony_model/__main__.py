"""`python -m tests.engine.harmony_model FOLDER`: make the model there, and print what it says when nobody hides it."""

import json
import sys
from pathlib import Path

import torch
from tests.engine.harmony_model import files
from tests.engine.harmony_model.training import BATCH, STEPS, said, trained
from tests.engine.harmony_model.transcripts import ENCODING, transcripts

if __name__ == "__main__":
    torch.manual_seed(0)
    learnt = transcripts(STEPS * BATCH, seed=0)  # each once: seen again, they would be learnt by heart
    used = sorted({token for one in learnt for token in one.asked + one.said})
    model = trained(learnt, used, files.VOCABULARY_SIZE)
    files.write(Path(sys.argv[1]), model, used)
    kinds = {len(one.said): one for one in learnt}  # an answer, and a call
    print(json.dumps([ENCODING.decode(said(model, used, one.asked)) for one in kinds.values()]))
