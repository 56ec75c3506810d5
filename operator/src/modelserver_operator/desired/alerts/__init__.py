"""What is wrong with a server, and from when on: one alert for each trouble, with what to do in it.

Every expression is about one ModelServer, by the labels `namespace` and `modelserver`, and adds up or compares its pods
and served names. Thresholds are resolved values where there is one; each other number has its reason beside it.
"""

from modelserver_operator.desired.alerts.alert import Alert
from modelserver_operator.desired.alerts.burning import burning
from modelserver_operator.desired.alerts.failing import failing
from modelserver_operator.desired.alerts.following import following
from modelserver_operator.desired.alerts.loaded import loaded
from modelserver_operator.desired.alerts.standing import standing

__all__ = ["Alert", "burning", "failing", "following", "loaded", "standing"]
