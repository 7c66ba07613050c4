"""Ways to be rid of an account alone, or to come back from a merge better than before. The agent made the proposal."""

import uuid

from accounts.models import AccountMerge, MergeDecision, Person
from tests.house.doors import door
from tests.house.doors.forging import entry_of, execute, forge, move, move_head, write

CONFIRMED = "confirmed what another person proposed"


def proposal_of(desk, absorbed, survivor, user, **fields):
    """Write the proposal that a person would make, after its entry, with what is wrong in ``fields``."""
    entry = forge(absorbed, user, absorbed.status, absorbed.status, case_hash="0" * 64)
    return write(
        AccountMerge(
            **{
                "client": desk.acme,
                "kind": "merge",
                "survivor": survivor,
                "absorbed": absorbed,
                "proposed_by": user,
                "proposed_person_id": user.person_id,
                "reason": "forged",
                "facts": {},
                "facts_hash": "0" * 64,
                "entry": entry.uid,
                **fields,
            }
        )
    )


def decision_of(desk, user, **fields):
    return MergeDecision(
        **{
            "client": desk.acme,
            "merge": desk.proposal,
            "decision": "confirmed",
            "user": user,
            "person_id": user.person_id,
            "reason": "forged",
            "facts_hash": desk.proposal.facts_hash,
            "entry": uuid.uuid4(),
            **fields,
        }
    )


def confirm(desk, user, *, decision=None, **fields):
    """Merge by hand as the service would: decision, entry, head, status."""
    given = decision_of(desk, user, **(decision or {}))
    entry = entry_of(desk.proposed, user, "suspended", "merged", **{"case_hash": given.facts_hash, **fields})
    given.entry = entry.uid
    write(given)
    return move(desk.proposed, move_head(write(entry)))


@door("proposed a merge does not confirm")
def maker(desk):
    confirm(desk, desk.agent)


@door("proposed a merge does not confirm")
def second_login_of_the_maker(desk):
    confirm(desk, desk.second_login)


@door("A decision names the person")
def confirming_in_the_name_of_another(desk):
    confirm(desk, desk.second_supervisor, decision={"person_id": desk.supervisor.person_id})


@door(CONFIRMED)
def merge_without_a_word(desk):
    move(desk.proposed, forge(desk.proposed, desk.supervisor, "suspended", "merged"))


@door(CONFIRMED)
def merge_that_was_declined(desk):
    confirm(desk, desk.supervisor, decision={"decision": "declined"})


@door(CONFIRMED)
def merge_by_another_than_confirmed_it(desk):
    confirm(desk, desk.supervisor, actor_id=desk.agent.pk)


@door(CONFIRMED)
def merge_on_behalf_of_the_maker(desk):
    confirm(desk, desk.supervisor, on_behalf_id=desk.agent.pk)


@door(CONFIRMED)
def merge_of_another_account_than_was_proposed(desk):
    given = decision_of(desk, desk.supervisor)
    entry = entry_of(desk.other, desk.supervisor, "suspended", "merged", case_hash=given.facts_hash)
    given.entry = entry.uid
    write(given)
    move(desk.other, move_head(write(entry)))


@door("decided is what was proposed")
def merge_of_other_facts(desk):
    confirm(desk, desk.supervisor, decision={"facts_hash": "0" * 64})


@door(f"{CONFIRMED}|comes back as what it was")
def coming_back_active(desk):
    move(desk.absorbed, forge(desk.absorbed, desk.supervisor, "merged", "active"))


@door("comes back as what it was")
def coming_back_active_by_two_people(desk):
    undone = proposal_of(desk, desk.absorbed, desk.survivor, desk.agent, kind="undo", undoes=desk.merged)
    given = decision_of(desk, desk.supervisor, merge=undone, facts_hash=undone.facts_hash)
    entry = entry_of(desk.absorbed, desk.supervisor, "merged", "active", case_hash=given.facts_hash)
    given.entry = entry.uid
    write(given)
    move(desk.absorbed, move_head(write(entry)))


@door("proposal names the person")
def proposal_in_the_name_of_another(desk):
    proposal_of(desk, desk.other, desk.survivor, desk.agent, proposed_person_id=desk.supervisor.person_id)


@door("proposed by an entry")
def proposal_without_an_entry(desk):
    proposal_of(desk, desk.other, desk.survivor, desk.agent, entry=uuid.uuid4())


@door("same client that stands itself")
def proposal_into_a_merged_account(desk):
    proposal_of(desk, desk.other, desk.absorbed, desk.agent)


@door("same client that stands itself")
def proposal_into_an_account_of_another_client(desk):
    proposal_of(desk, desk.other, desk.foreign, desk.agent)


@door("waits for a decision already")
def second_proposal_beside_the_first(desk):
    proposal_of(desk, desk.proposed, desk.active, desk.agent)


@door("a confirmed merge of the same two accounts")
def undoing_what_was_never_done(desk):
    proposal_of(desk, desk.other, desk.survivor, desk.agent, kind="undo", undoes=desk.merged)


@door("merge of accounts is never changed")
def other_proposer(desk):
    execute("UPDATE accounts_accountmerge SET proposed_by_id = %s", desk.supervisor.pk)


@door("merge of accounts is never deleted|violates foreign key|FOREIGN KEY")
def proposal_that_vanishes(desk):
    execute("DELETE FROM accounts_accountmerge WHERE id = %s", desk.proposal.pk)


@door("decision about a merge is never changed")
def decision_turned_round(desk):
    execute("UPDATE accounts_mergedecision SET decision = 'declined'")


@door("decision about a merge is never deleted")
def decision_that_vanishes(desk):
    execute("DELETE FROM accounts_mergedecision")


@door("login stays theirs")
def decider_who_becomes_somebody_else(desk):
    desk.decider.person = Person.objects.create(name="Somebody else")
    desk.decider.save()
