"""What the database holds wherever one person proposes and another decides: who they are, and that they are two."""

from accounts.ledger.guards import refuse
from accounts.models import User

OWN = "SELECT 1 FROM accounts_user login WHERE login.id = NEW.{user} AND login.person_id = NEW.{person}"


def not_the_maker(proposal):
    """The condition that whoever decides has proposed it, with any login; ``proposal`` selects it as ``proposed``."""
    return f"""EXISTS ({proposal} AND (proposed.proposed_person_id = NEW.person_id
        OR proposed.proposed_by_id = NEW.user_id OR EXISTS (SELECT 1 FROM accounts_user maker
        JOIN accounts_user decider ON decider.person_id = maker.person_id
        WHERE maker.id = proposed.proposed_by_id AND decider.id = NEW.user_id)))"""


def keeps_person(name, proposals, decisions, message):
    """The guard that a login stays its person's once it stands in one of these tables."""
    return refuse(
        name,
        User,
        "UPDATE",
        f"""EXISTS (SELECT 1 FROM {proposals} proposed
           WHERE proposed.proposed_person_id = OLD.person_id OR proposed.proposed_by_id = OLD.id)
           OR EXISTS (SELECT 1 FROM {decisions} given
           WHERE given.person_id = OLD.person_id OR given.user_id = OLD.id)""",
        message,
        when="NEW.person_id <> OLD.person_id",
    )
