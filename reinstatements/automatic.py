"""What accounts may ask of a named rule, and what follows from each change of a case's status."""

from accounts import registries
from reinstatements import services
from reinstatements.services import clock, lane, waiting

registries.automatic.register("may", lane.may_reinstate)
registries.paid.register("cases", waiting.wake_for_payment)
registries.automatic.register("reinstate", services.reinstate_by_rule)
registries.followers.register("reinstatement", clock.follow)
