"""An appeal is against one declined case, in time, on its evidence, and before people who had no part in that."""

from accounts.ledger.guards import differs, refuse
from accounts.models import StatusChange
from reinstatements.models import Check, ReinstatementRequest

FROZEN = "The evidence of what was declined stays as it was, and an appeal brings none of its own."
# Each is a person of the declined case who has no part in the appeal.
LEFT_OUT = [
    f"""EXISTS (SELECT 1 FROM {rows} WHERE {person} IS NOT NULL AND {case} = appealing.appeals_id
        AND NOT EXISTS (SELECT 1 FROM reinstatements_participation kept
        WHERE kept.case_id = appealing.id AND kept.person_id = {person}))"""
    for rows, case, person in (
        ("reinstatements_participation took", "took.case_id", "took.person_id"),
        ("reinstatements_approval given", "given.case_id", "given.person_id"),
        (
            """reinstatements_approval given JOIN accounts_delegation held ON held.id = given.delegation_id
            JOIN accounts_user giver ON giver.id = held.giver_id""",
            "given.case_id",
            "giver.person_id",
        ),
    )
]


def appeals(participant):
    return [*cases(), *entries(participant), *evidence()]


def cases():
    return [
        refuse(
            "case_appeals",
            ReinstatementRequest,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest declined
               WHERE declined.id = NEW.appeals_id AND declined.status = 'declined' AND declined.appeals_id IS NULL
               AND declined.client_id = NEW.client_id AND declined.account_id = NEW.account_id
               AND declined.stopped_entry = NEW.stopped_entry AND declined.policy_id = NEW.policy_id
               AND (declined.membership_id = NEW.membership_id
               OR declined.membership_id IS NULL AND NEW.membership_id IS NULL)
               AND NEW.opened_at >= declined.decided_at AND NEW.opened_at <= declined.appeal_until)""",
            "An appeal is against a declined case about the same stop, in time, and never against another appeal.",
            when="NEW.appeals_id IS NOT NULL",
        ),
        refuse(
            "case_keeps_appeal",
            ReinstatementRequest,
            "UPDATE",
            differs("appeals_id"),
            "A case is an appeal, or none, from its opening on.",
        ),
        refuse(
            "case_keeps_appeal_until",
            ReinstatementRequest,
            "UPDATE",
            f"{differs('appeal_until')} AND NOT (OLD.status <> 'declined' AND NEW.status = 'declined')",
            "Until when a case may be appealed is said as it is declined.",
        ),
    ]


def entries(participant):
    return [
        refuse(
            "entry_appeals",
            StatusChange,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest appealing
               WHERE appealing.id = NEW.subject_id AND appealing.appeals_id IS NOT NULL)""",
            "Only an appeal goes before those who decide without a verification.",
            when="NEW.subject_type = 'reinstatement' AND NEW.from_status = 'draft' "
            "AND NEW.to_status = 'awaiting_approval'",
        ),
        refuse(
            "entry_keeps_away",
            StatusChange,
            "INSERT",
            f"""EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest appealing
                WHERE appealing.id = NEW.subject_id AND ({" OR ".join(LEFT_OUT)}))""",
            "Whoever took part in what is appealed, or decided it, has a part in the appeal.",
            when="NEW.subject_type = 'reinstatement' AND NEW.from_status = 'draft' "
            "AND NEW.to_status = 'awaiting_approval'",
        ),
        refuse(
            "entry_of_appeal",
            StatusChange,
            "INSERT",
            """EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest appealing
               WHERE appealing.id = NEW.subject_id AND appealing.appeals_id IS NOT NULL)""",
            "An appeal is decided on the evidence as it stood.",
            when="NEW.subject_type = 'reinstatement' AND NEW.from_status <> NEW.to_status "
            "AND NEW.to_status IN ('submitted', 'in_verification', 'awaiting_member')",
        ),
        refuse(
            "entry_withdraws_appeal",
            StatusChange,
            "INSERT",
            f"""{participant.format(user="NEW.actor_id", case="NEW.subject_id")}
                AND EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest appealing
                WHERE appealing.id = NEW.subject_id AND appealing.appeals_id IS NOT NULL)""",
            "Whoever is kept away from deciding an appeal does not withdraw it.",
            when="NEW.subject_type = 'reinstatement' AND NEW.to_status = 'withdrawn' AND NEW.rule = ''",
        ),
    ]


def evidence():
    def stands(row):
        return f"""EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest decided WHERE decided.id = {row}.case_id
            AND (decided.status = 'declined' OR decided.appeals_id IS NOT NULL))"""

    return [
        refuse("check_frozen_insert", Check, "INSERT", stands("NEW"), FROZEN),
        refuse("check_frozen_update", Check, "UPDATE", f"{stands('OLD')} OR {stands('NEW')}", FROZEN),
        refuse("check_frozen_delete", Check, "DELETE", stands("OLD"), FROZEN),
    ]
