"""What accounts may ask of a named rule."""

from accounts import registries
from reinstatements import services

registries.automatic.register("reinstate", services.reinstate_by_rule)
