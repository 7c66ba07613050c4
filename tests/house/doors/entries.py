"""Entries that do not fit, each good but for one thing."""

from tests.house.doors import door
from tests.house.doors.forging import entry_of, forge, move, move_head, write, write_with

OPENED_ONCE = "subject_is_opened_once|stands in the way"


def reinstating(account, actor, **fields):
    return move(account, forge(account, actor, "suspended", "active", **fields))


@door("follows the one before")
def without_the_one_before(desk):
    forge(desk.active, desk.agent, "active", "on_hold", number=9)


@door("(?i)unique|stands in the way")
def with_a_number_that_is_taken(desk):
    write(entry_of(desk.active, desk.agent, "active", "on_hold", number=2))


@door("follows the one before")
def in_the_name_of_another_client(desk):
    forge(desk.active, desk.agent, "active", "on_hold", client_id=desk.globex.pk)


@door("does not know this change")
def with_an_unknown_pair(desk):
    forge(desk.active, desk.agent, "active", "pending")


@door("does not know this change")
def with_a_pair_of_another_machine(desk):
    forge(desk.active, desk.agent, "active", "expired")


@door("does not know this change")
def about_something_that_has_no_status(desk):
    forge(desk.active, desk.agent, "active", "on_hold", subject=("plan", desk.active.pk))


@door("goes on from the status")
def from_a_status_that_it_has_not(desk):
    forge(desk.suspended, desk.agent, "pending", "active")


@door("goes on from the status")
def that_claims_another_status(desk):
    forge(desk.suspended, desk.agent, "active", "active")


@door("status that its reinstatement has")
def from_a_status_that_a_case_has_not(desk):
    forge(desk.case, desk.agent, "draft", "submitted")


@door("status that its membership has")
def from_a_status_that_a_membership_has_not(desk):
    forge(desk.active.memberships.get(), desk.agent, "pending", "active")


@door(OPENED_ONCE)
def that_opens_a_membership_again(desk):
    forge(desk.active.memberships.get(), desk.agent, "", "active")


@door(f"begins with its opening|{OPENED_ONCE}")
def that_opens_an_account_again(desk):
    forge(desk.suspended, desk.agent, "", "pending")


@door("account is opened with a status")
def that_opens_without_a_status(desk):
    opening = {"account_id": desk.acme.pk, "number": 1, "subject": ("account", desk.acme.pk), "origin": "import"}
    write(entry_of(desk.active, desk.agent, "", "", **opening))


@door("membership is opened with a status")
def that_opens_a_membership_without_a_status(desk):
    forge(desk.active, desk.agent, "", "", subject=("membership", desk.acme.pk))


@door("reinstatement is opened with a status")
def that_opens_a_case_without_a_status(desk):
    forge(desk.active, desk.agent, "", "", subject=("reinstatement", desk.acme.pk))


@door(OPENED_ONCE)
def that_opens_a_case_again(desk):
    forge(desk.case, desk.agent, "", "draft")


@door("goes on from the status")
def about_another_account(desk):
    forge(desk.suspended, desk.agent, "suspended", "closed", account=desk.active)


@door("imported begins as pending")
def that_opens_in_service_by_hand(desk):
    fresh = desk.acme.pk
    write(entry_of(desk.active, desk.agent, "", "active", account_id=fresh, number=1, subject=("account", fresh)))


@door("begins with its opening")
def that_begins_a_chain_in_the_middle(desk):
    entry = {"account_id": desk.acme.pk, "number": 1, "subject": ("user", desk.agent.pk)}
    write(entry_of(desk.active, desk.agent, "", "", **entry))


@door("every status stands in one|goes on from the status")
def with_a_status_outside_of_accounts(desk):
    desk.acme.refresh_from_db()
    entry = {"account_id": None, "number": desk.acme.head_number + 1}
    write(entry_of(desk.active, desk.agent, "active", "on_hold", **entry))


@door("follows the one before")
def after_a_gap_in_the_chain_of_a_client(desk):
    entry = {"account_id": None, "number": 99, "subject": ("user", desk.agent.pk)}
    write(entry_of(desk.active, desk.agent, "", "", **entry))


@door("(?i)entry_has_a_reason")
def without_a_reason(desk):
    forge(desk.active, desk.agent, "active", "on_hold", reason="")


@door("(?i)entry_has_an_origin")
def from_nowhere(desk):
    forge(desk.active, desk.agent, "active", "on_hold", origin="nobody")


@door("does not know this change")
def used_for_a_status_and_then_again(desk):
    """Held, active again by raw SQL with the opening entry, which says active too."""
    move(desk.active, forge(desk.active, desk.agent, "active", "on_hold"))
    opening = desk.active.entries.get(number=1)
    move(desk.active, opening)


@door("does not know this change")
def for_another_subject(desk):
    """The other account is suspended by an entry of this one."""
    entry = forge(desk.active, desk.agent, "active", "suspended")
    move(desk.foreign, entry, "closed")


@door("last entry only")
def hidden_behind_the_head(desk):
    first = write(entry_of(desk.active, desk.agent, "active", "active"))
    write(entry_of(desk.active, desk.agent, "active", "active", number=first.number + 1))
    move_head(first)


@door("case on the same account|reinstating_has_a_cause")
def back_to_service_without_a_cause(desk):
    reinstating(desk.suspended, desk.supervisor)


@door("case on the same account")
def back_by_the_approval_of_another_account(desk):
    reinstating(desk.other, desk.supervisor, caused_by=("entry", desk.approved.uid))


@door("approved after it stopped|while its approval stands|[Uu]nique|UNIQUE|approval_reinstates")
def back_by_an_approval_that_was_used(desk):
    reinstating(desk.again, desk.supervisor, caused_by=("entry", desk.approved.uid))


@door("case on the same account")
def back_by_an_entry_that_approves_nothing(desk):
    completed = desk.again.entries.get(to_status="completed")
    reinstating(desk.again, desk.supervisor, caused_by=("entry", completed.uid))


@door("goes on from the status|needs an approval")
def back_by_the_case_of_another_account_in_its_own_chain(desk):
    approved = forge(desk.case, desk.supervisor, "awaiting_approval", "approved", account=desk.other)
    reinstating(desk.other, desk.supervisor, caused_by=("entry", approved.uid))


@door("column's type", vendor="sqlite")
def with_the_bytes_of_a_word(desk):
    """To SQLite b'deactivated' is neither 'deactivated' nor stopped."""
    entry = entry_of(desk.suspended, desk.agent, "suspended", "deactivated")
    write_with(entry, to_status=b"deactivated")
