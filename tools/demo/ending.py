"""What the demo says at its end: to a person the answers and how to go on, to a program one JSON object."""

import json

from tools.demo.tempers import AFTER, BEFORE, PROMPT, RETUNED, patch
from tools.demo.up import NAME, Demo
from tools.setup.places import PYTHON


def for_people(demo: Demo, total_seconds: float) -> str:
    """The answers and the commands to go on with."""
    answers = "\n".join(f"  > {each['prompt']}\n    {each['text'].strip()}" for each in demo.answers)
    kubectl = demo.cluster.kubectl().command
    body = json.dumps({"model": NAME, "messages": [{"role": "user", "content": "How was the concert?"}]})
    return f"""
Ready {demo.ready_seconds:.0f} s after apply; {total_seconds:.0f} s in all. The model said:

{answers}

The same engine under other names, asked "{PROMPT}":

{demo.tempers[0].shown}

Then {RETUNED} was given {AFTER} instead of {BEFORE}, {demo.retune_seconds:.0f} s later and without a restart it said

  {demo.tempers[1].texts[RETUNED].strip()}

and it has {BEFORE} again.

Go on with:
  export KUBECONFIG={demo.cluster.kubeconfig} PATH={kubectl.parent}:$PATH
  kubectl get ms
  kubectl describe ms {NAME}
  curl --noproxy '*' {demo.url}/v1/chat/completions -H 'content-type: application/json' -d '{body}'
  {PYTHON.parent}/modelserver-runtime emotions try {demo.url} "{PROMPT}" --emotion surprise
  kubectl patch ms {NAME} --type=json -p '{patch(AFTER)}'
  make demo-down"""


def for_programs(demo: Demo, total_seconds: float) -> str:
    """One JSON object on one line."""
    return json.dumps(
        {
            "answers": len(demo.answers),
            "variants": len(demo.tempers[0].texts) - 1,
            "retune_seconds": round(demo.retune_seconds, 1),
            "ready_seconds": round(demo.ready_seconds, 1),
            "total_seconds": round(total_seconds, 1),
        }
    )
