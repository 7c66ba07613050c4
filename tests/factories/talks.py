"""What customers ask and say, and who speaks for them."""

from datetime import date

from django.utils import timezone
from django_scopes import scope

from accounts.services import calls, contacting, queries


def ask(account, actor, question="Why is it stopped?"):
    """Take down what a customer asks."""
    with scope(client=account.client_id):
        return queries.ask(account, actor=actor, topic="ask_status", channel="phone", question=question)


def representative(account, actor, name="Jonas Köhler", scope_="requests", valid_until=date(2999, 1, 1)):
    """Record somebody who speaks for the holder."""
    with scope(client=account.client_id):
        return contacting.record_representative(account, actor=actor, name=name, scope=scope_, valid_until=valid_until)


RIGHT = {"email": "maria.koehler@example.com", "address": "10969, number 5"}


def call(account, actor, answers=None, **speaker):
    """Take a call about an account; whoever speaks knows the answers unless others are given."""
    with scope(client=account.client_id):
        now = calls.standing(account)
        given = {code: RIGHT.get(code, "") for code in now.asked} if answers is None else answers
        return calls.judge(account, actor=actor, answers=given, turn=now.turn, **speaker)


def call_back(account, actor, note="They are at work."):
    """Put down that nobody answered, and that they are called back in an hour."""
    later = timezone.now() + timezone.timedelta(hours=1)
    with scope(client=account.client_id):
        return contacting.record_attempt(
            account, actor=actor, direction="out", outcome="no_answer", call_back_at=later, note=note
        )
