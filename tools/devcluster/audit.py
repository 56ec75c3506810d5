"""What the API server writes down of who asked for what: every request of a ServiceAccount, without its content.

It is what rights are compared with. Kubernetes' own controllers, which are ServiceAccounts too, are left out.
"""

import json

from tools.devcluster.sites import Site

POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],  # a watch is written when it starts and when it ends, all else when it ends
    "rules": [
        {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        {"level": "None"},
    ],
}
MEBIBYTES = 1024  # above it the log would go on in another file


def flags(site: Site) -> list[str]:
    """The API server's flags, and the policy that they name. A request has been written when it is answered."""
    policy = site.layout.config / "audit.json"
    policy.write_text(json.dumps(POLICY))
    return [
        f"--audit-policy-file={policy}",
        f"--audit-log-path={site.layout.audit_log}",
        f"--audit-log-maxsize={MEBIBYTES}",
    ]
