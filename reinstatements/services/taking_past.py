"""Lines of another system's log become steps of the past: the taker of the kind "past_steps"."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.models import ClientRole
from accounts.services.reasons import Reasons
from accounts.services.taking_events import SOURCE
from reinstatements.models import PastStep

AT_ONCE = 2000


class PastTaker:
    """Keeps who did which step of which request when, and which of the steps checked the work of others.

    Options: ``source`` names the system that kept the log, ``checks`` the steps in which work is checked, separated by
    commas. A step is known by its request, its name and its beginning.
    """

    def __init__(self, context):
        self.context, self.client, options = context, context.client, context.options
        self.source = options.get("source") or "history"
        if not SOURCE.fullmatch(self.source):
            raise Invalid(_("A source is named by up to 40 letters, digits, points and dashes."), field="source")
        self.checks = {name for part in options.get("checks", "").split(",") if (name := plain(part))}
        if not self.checks:
            raise Invalid(_("Name at least one step in which the work of others is checked."), field="checks")
        staff = ClientRole.objects.filter(content_object=self.client).values_list("user__username", "user")
        self.staff = {username.casefold(): user for username, user in staff}
        self.reasons = Reasons(self.client, context.is_dry_run)
        self.now = timezone.now()

    def take(self, lines):
        """Take a set of steps; the same step twice is known, and told where it says something else."""
        on_record = self.on_record({step.request for _cells, step in lines})
        new, known = [], 0
        for cells, step in lines:
            digest = on_record.get(step.key)
            if step.ended_at > self.now:
                cells.refuse("ended_at", _("lies in the future"))
            elif digest is None:
                on_record[step.key] = step.digest
                new.append(self.row(step))
            elif digest == step.digest:
                known += 1
            else:
                cells.refuse("request", _("is on record already, and says something else there"))
        if not self.context.is_dry_run:
            PastStep.objects.bulk_create(new, batch_size=AT_ONCE)
        return len(new), known

    def finish(self):
        """Nothing waits for the end of the file."""

    def on_record(self, requests):
        """Return ``{key of a step: digest}`` of what is on record of these requests."""
        rows = PastStep.objects.filter(client=self.client, source=self.source, request__in=requests).order_by()
        found = rows.values_list("request", "step", "started_at", "digest")
        return {(request, step, started): bytes(digest) for request, step, started, digest in found}

    def row(self, step):
        return PastStep(
            client_id=self.client.pk,
            source=self.source,
            request=step.request,
            step=step.step,
            agent=step.agent,
            user_id=self.staff.get(step.agent.casefold()),
            role=step.role,
            is_check=plain(step.step) in self.checks,
            started_at=step.started_at,
            ended_at=step.ended_at,
            seconds=step.seconds,
            digest=step.digest,
        )


def plain(name):
    return " ".join(name.split()).casefold()
