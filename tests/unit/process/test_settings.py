"""Settings that only hold together."""

import pytest
from pydantic import ValidationError

from modelserver_operator.settings import Settings


@pytest.mark.parametrize(
    ("duration", "renew", "retry"),
    [(10, 10, 2), (15, 16, 2), (15, 2.4, 2), (15, 1, 2)],
    ids=["no time between", "two could write", "a late look loses it", "any look loses it"],
)
def test_periods_of_the_lease_that_cannot_work(duration: int, renew: float, retry: float) -> None:
    with pytest.raises(
        ValidationError, match=r"lease_retry_seconds \* 1\.2 < lease_renew_seconds < lease_duration_seconds"
    ):
        Settings(lease_duration_seconds=duration, lease_renew_seconds=renew, lease_retry_seconds=retry)


def test_the_defaults_are_client_gos() -> None:
    chosen = Settings()
    assert (chosen.lease_duration_seconds, chosen.lease_renew_seconds, chosen.lease_retry_seconds) == (15, 10, 2)
