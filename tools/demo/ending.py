"""What the demo says at its end: to a person the answers and how to go on, to a program one JSON object."""

import json

from tools.demo.tempers import PATCH, PROMPT, RETUNED
from tools.demo.up import NAME, Demo


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

After `kubectl patch modelserver {NAME} --type=json --patch='{PATCH}'`, {demo.retune_seconds:.0f} s later and without a
restart, {RETUNED} says:

  {demo.tempers[1].texts[RETUNED].strip()}

Go on with:
  export KUBECONFIG={demo.cluster.kubeconfig} PATH={kubectl.parent}:$PATH
  kubectl get ms
  kubectl describe ms {NAME}
  curl --noproxy '*' {demo.url}/v1/chat/completions -H 'content-type: application/json' -d '{body}'
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
