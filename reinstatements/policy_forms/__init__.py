"""The forms of a policy's pages."""

from reinstatements.policy_forms.beside import InForceForm, ProfileForm
from reinstatements.policy_forms.whole import PolicyForm, numbered

__all__ = ["InForceForm", "PolicyForm", "ProfileForm", "numbered"]
