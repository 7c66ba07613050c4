"""What the list of staff says of somebody's training, and how people hear that one ends."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import registries
from accounts.models import TrainingRecord
from accounts.registries import StaffLine
from accounts.services import training

SAID = {
    "missing": lambda line: _("role closed: no training"),
    "over": lambda line: _("role closed: training ended on %s") % date_format(line.last_day, "j M Y"),
    "ending": lambda line: _("training ends on %s") % date_format(line.last_day, "j M Y"),
    "valid": lambda line: _("trained until %s") % date_format(line.last_day, "j M Y"),
}


@registries.staff_lines.register("training")
def trainings(rows):
    """Say until when everybody is trained whose role asks for it."""
    now = timezone.now()
    found = {
        (line.client.pk, line.person.pk, role): line
        for line in training.lines({row.content_object for row in rows})
        for role in line.roles
    }
    told = {}
    for row in rows:
        line = found.get((row.content_object_id, row.user.person_id, training.role_of(row)))
        if line:
            url = reverse("training", args=[line.client.pk, line.person.pk])
            told[row.pk] = StaffLine(SAID[line.standing(now)](line), url)
    return told


def ending_words(payload, client, user):
    """Return subject and text of the word that a training ends."""
    row = TrainingRecord.objects.select_related("person").get(pk=payload["training"])
    said = {"who": row.person, "client": client.name, "until": date_format(row.valid_until, "j M Y")}
    if row.person_id == user.person_id:
        subject = _("Your training for %(client)s ends on %(until)s") % said
        text = _("After that day the roles that ask for it are closed until a new training is recorded.\n")
    else:
        subject = _("A training for %(client)s ends on %(until)s: %(who)s") % said
        url = settings.BASE_URL + reverse("training_list")
        text = _("Record a new one in time; after that day the roles that ask for it are closed.\n\n%s\n") % url
    return subject, text


def is_over(payload):
    """What was taken back or followed by a longer one presses nobody."""
    row = TrainingRecord.objects.get(pk=payload["training"])
    longer = TrainingRecord.objects.standing().filter(person=row.person_id, client=row.client_id)
    return bool(row.ended_entry) or longer.filter(ends_at__gt=row.ends_at).exists()


registries.staff_events.register(training.EVENT, registries.StaffEvent(ending_words, is_over))
