"""The words of a client's messages: what it begins with, and every change as a new version."""

from django.utils.translation import gettext as _

from accounts import ledger, rules
from accounts.errors import Refused
from notifications import rendering, texts
from notifications.models import Channel, Template


def ensure_templates(client):
    """Give a client the product's own text for every message and language that it has none for. May run twice."""
    held = set(Template.objects.filter(client=client).values_list("event", "channel", "language"))
    missing = (
        Template(
            client=client, event=event, channel=Channel.EMAIL, language=language, version=1, subject=subject, body=body
        )
        for event, language, subject, body in texts.default_templates(client.industry)
        if (event, Channel.EMAIL, language) not in held
    )
    # Another worker may give the same ones at this moment: one of each stays.
    Template.objects.bulk_create(missing, ignore_conflicts=True)


def new_version(client, *, actor, event, language, subject, body, channel=Channel.EMAIL):
    """Change what members read from now on, and keep on the client's chain who did; older versions stay as they were.

    The words of the newest version again make no new one. Raises ``Invalid`` for a text that cannot be one and
    ``Refused`` for whoever does not configure this client.
    """
    with ledger.change(client, actor=actor) as work:
        if not (actor.is_system or rules.can_configure(client, actor)):
            raise Refused(_("You do not configure this client."))
        subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
        rendering.check(event, subject, body)
        kept = Template.objects.filter(client=client, event=event, channel=channel, language=language)
        newest = kept.order_by("-version").first()
        if newest and (newest.subject, newest.body) == (subject, body):
            return newest
        template = Template(
            client=client,
            event=event,
            channel=channel,
            language=language,
            version=newest.version + 1 if newest else 1,
            subject=subject,
            body=body,
            created_at=work.now,
            created_by=actor,
        )
        work.add(template)
        work.log(
            template,
            "new_version",
            subject_type="template",
            reason="template_changed",
            data={"event": str(event), "language": language, "version": template.version},
        )
    return template
