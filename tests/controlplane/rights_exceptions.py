"""Rights that the operator has and that this tier never sees asked for, each with its reason.

A line that is no longer true fails test_rights.py, as does a right that is unused and not here.
"""

from tests.controlplane.rights import Right

EXCEPTIONS = {
    # Asked for by the admission plugin OwnerReferencesPermissionEnforcement, which is off by default and in this tier's
    # cluster; test_owners_guard.py shows with one of its own that without the right no child can be made there.
    Right("modelserver.dev", "modelservers/finalizers", "update"),
    # Of an operator that serves custom.metrics.k8s.io, as tests/autoscaling has it do.
    Right("apiregistration.k8s.io", "apiservices", "patch"),
    Right("authorization.k8s.io", "subjectaccessreviews", "create"),
}
