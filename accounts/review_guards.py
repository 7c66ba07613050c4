"""What the database refuses of a review: one without an end, and one that leads elsewhere than back."""

from accounts.ledger.guards import refuse
from accounts.membership_guards import goes_back
from accounts.models import Account


def reviews():
    entered = """SELECT 1 FROM accounts_statuschange entered WHERE entered.account_id = NEW.id
        AND entered.number = NEW.status_number AND entered.subject_id = NEW.id
        AND entered.from_status = NEW.standing_before AND entered.ends_at = NEW.review_ends_at"""
    return [
        goes_back(Account, "under_review"),
        *(
            refuse(
                name,
                Account,
                event,
                f"""NEW.status = 'under_review' AND NOT EXISTS ({entered})
                OR NEW.status <> 'under_review' AND (NEW.standing_before <> '' OR NEW.review_ends_at IS NOT NULL)""",
                "A review has the end that its entry says, and the status before it to go back to.",
                when="NEW.status = 'under_review' OR NEW.standing_before <> '' OR NEW.review_ends_at IS NOT NULL",
            )
            for name, event in (("account_review_insert", "INSERT"), ("account_review", "UPDATE"))
        ),
    ]
