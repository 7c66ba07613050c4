"""What customers ask about their account, and what they were answered: kept on its timeline, in sealed words."""

from django.utils.translation import gettext as _

from accounts import ledger, masking, reasons, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.models import CustomerQuery, ReasonCode


def ask(account, *, actor, topic, channel, question, answer="", origin=None):
    """Put down what a customer asked, and what they were answered if that was at once; return the ``CustomerQuery``.

    Raises ``Invalid`` for a topic or channel that is not offered and for no words, and ``Refused`` for whoever does not
    work this client's accounts.
    """
    if topic not in dict(reasons.choices(account.client_id, ReasonCode.Use.QUERY)):
        raise Invalid(_("Choose a topic from the list."), field="topic")
    if channel not in CustomerQuery.Channel.values:
        raise Invalid(_("Choose how they asked."), field="channel")
    question = worded(question, "question", _("Write what the customer asked."))
    with ledger.change(account, actor=actor, origin=origin) as work:
        refuse_unless_works(account, actor)
        query = CustomerQuery(
            client_id=work.client_id, account=work.account, topic=topic, channel=channel, asked_at=work.occurred_at
        )
        entry = log(work, query, "ask", question)
        query.asked_entry = entry.uid
        work.add(query)
        if answer.strip():
            put_answer(work, work.track(query), answer, entry)
    return query


def answer(query, *, actor, answer, origin=None):
    """Put down what the customer was answered, once. Raises ``Moved`` where somebody else has."""
    worded(answer, "answer", _("Write what the customer was answered."))
    with ledger.change(query.account, actor=actor, origin=origin) as work:
        refuse_unless_works(query, actor)
        query = work.track(CustomerQuery.objects.select_for_update().get(pk=query.pk, account=work.account))
        if query.answered_entry:
            raise Moved(_("Somebody else has answered this query already."))
        return put_answer(work, query, answer, None)


def put_answer(work, query, words, asked):
    words = worded(words, "answer", _("Write what the customer was answered."))
    entry = log(work, query, "answer", words, caused_by=asked)
    query.answered_at, query.answered_entry = entry.occurred_at, entry.uid
    work.save(query, "answer")
    return entry


def log(work, query, action, words, caused_by=None):
    return work.log(
        query,
        action,
        subject_type="query",
        from_status="",
        to_status="",
        reason=query.topic,
        note=words,
        data={"channel": query.channel},
        caused_by=caused_by,
    )


def worded(words, field, missing):
    """Return what was written, card numbers cut to their last digits."""
    if not words.strip():
        raise Invalid(missing, field=field)
    return masking.mask_card_numbers(words.strip())[0]


def refuse_unless_works(row, actor):
    if not rules.can_change_service(row, actor):
        raise Refused(_("You do not work this client's accounts."))
