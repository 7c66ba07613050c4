"""Every transition from every status: allowed where this table says so, refused everywhere else."""

import pytest
from django_fsm import can_proceed

from accounts.models import Account, Membership
from reinstatements.models import ReinstatementRequest

TABLE = {
    Account: {
        "activate": {"pending": "active"},
        "hold": {"active": "on_hold"},
        "suspend": dict.fromkeys(("active", "on_hold", "under_review"), "suspended"),
        "put_under_review": dict.fromkeys(("active", "on_hold", "suspended"), "under_review"),
        "end_review": {"under_review": "active"},
        "end_review_held": {"under_review": "on_hold"},
        "end_review_suspended": {"under_review": "suspended"},
        "deactivate": dict.fromkeys(("active", "on_hold", "suspended", "under_review"), "deactivated"),
        "close": dict.fromkeys(("pending", "active", "on_hold", "suspended", "under_review", "deactivated"), "closed"),
        "reinstate": dict.fromkeys(("on_hold", "suspended", "deactivated", "closed"), "active"),
        "merge": dict.fromkeys(("pending", "active", "on_hold", "suspended", "deactivated", "closed"), "merged"),
        **{
            f"unmerge_to_{status}": {"merged": status}
            for status in ("pending", "active", "on_hold", "suspended", "deactivated", "closed")
        },
    },
    Membership: {
        "start_trial": {"pending": "trial"},
        "activate": {"pending": "active"},
        "convert": {"trial": "active"},
        "pause": {"trial": "paused", "active": "paused"},
        "resume": {"paused": "active"},
        "resume_trial": {"paused": "trial"},
        "suspend": dict.fromkeys(("trial", "active", "paused"), "suspended"),
        "expire": dict.fromkeys(("trial", "active", "paused", "suspended"), "expired"),
        "cancel": dict.fromkeys(("pending", "trial", "active", "paused", "suspended"), "cancelled"),
        "reinstate": dict.fromkeys(("suspended", "expired", "cancelled"), "active"),
        "reinstate_trial": {"suspended": "trial"},
    },
    ReinstatementRequest: {
        "submit": {"draft": "submitted"},
        "appeal": {"draft": "awaiting_approval"},
        "start": {"submitted": "in_verification"},
        "send_for_approval": {"in_verification": "awaiting_approval"},
        "send_back": {"awaiting_approval": "in_verification"},
        "approve": {"awaiting_approval": "approved"},
        "approve_by_rule": {"submitted": "approved"},
        "complete": {"approved": "completed"},
        "reconsider": {"approved": "awaiting_approval"},
        "decline": {"awaiting_approval": "declined"},
        "ask_member": {"in_verification": "awaiting_member"},
        "member_answered": {"awaiting_member": "in_verification"},
        "lapse": {"awaiting_member": "lapsed"},
        "withdraw": dict.fromkeys(
            ("draft", "submitted", "in_verification", "awaiting_member", "awaiting_approval", "approved"), "withdrawn"
        ),
    },
}
OPENINGS = {
    Account: {"pending", "active", "closed"},
    Membership: {"pending", "trial", "active", "expired", "cancelled"},
    ReinstatementRequest: {"draft", "submitted"},
}


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("model", TABLE, ids=lambda model: model.__name__)
def test_a_transition_runs_from_the_statuses_of_the_table_and_from_no_other(model):
    field = model._meta.get_field("status")
    for name in {transition.name for transition in field.get_all_transitions(model)} | set(TABLE[model]):
        for status in model.Status.values:
            row = model()
            field.set_state(row, status)
            allowed = can_proceed(getattr(row, name), check_conditions=False)
            assert allowed == (status in TABLE[model][name]), (name, status)


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("model", TABLE, ids=lambda model: model.__name__)
def test_the_database_is_told_of_just_these_changes(model):
    changes = {(before, after) for row in TABLE[model].values() for before, after in row.items()}
    assert model.allowed_changes() == changes | {("", status) for status in OPENINGS[model]}
