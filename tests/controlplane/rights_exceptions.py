"""Rights that the operator has and that this tier never sees used, each with its reason.

A line that is no longer true fails test_rights.py, as does a right that is unused and not here.
"""

from tests.controlplane.rights import Right

EXCEPTIONS = {
    # Asked for by the admission plugin OwnerReferencesPermissionEnforcement, which is off by default and in this tier:
    # whoever sets an owner reference that blocks deletion must be able to update the owner's finalizers.
    Right("modelserver.dev", "modelservers/finalizers", "update"),
}
