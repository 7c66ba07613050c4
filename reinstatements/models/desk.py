"""How the people at the desk share the work: what a client asks of them, what each is given, and what they left."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Client, User
from accounts.models.base import Row, tenant_manager
from reinstatements.models.request import ReinstatementRequest

LONGEST_CLAIM_MINUTES = 7 * 24 * 60
MOST_CASES = 500


class DeskSettings(Row):
    """One row for each client; a client without one goes by the defaults."""

    client = models.OneToOneField(
        Client, models.CASCADE, related_name="desk_settings", verbose_name=_("client"), db_index=False
    )
    claim_minutes = models.PositiveSmallIntegerField(
        _("minutes that a claim lasts"),
        default=8 * 60,
        validators=[MinValueValidator(5), MaxValueValidator(LONGEST_CLAIM_MINUTES)],
        help_text=_("Without work on the case. Then it goes back to everybody."),
    )
    assigns = models.BooleanField(
        _("cases are assigned by themselves"),
        default=False,
        help_text=_("To whoever has the skills and the least to do, up to what each takes at most."),
    )

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["client"])

    class Meta:
        verbose_name = _("desk settings")
        verbose_name_plural = _("desk settings")

    def __str__(self):
        return str(self.client)


class Skills(Row):
    """Which cases of a client somebody is given. The client is the industry; nothing chosen means all of it.

    Somebody without a row is given every kind in every language, up to the default number of cases.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="+", verbose_name=_("client"))
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("who"))
    takes_cases = models.BooleanField(_("is given cases"), default=True)
    kinds = models.JSONField(_("kinds of case"), default=list, blank=True)
    languages = models.JSONField(_("languages of the member"), default=list, blank=True)
    most = models.PositiveSmallIntegerField(
        _("open cases at most"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CASES)],
        help_text=_("Counted over all clients. Whoever claims a case by hand may have more."),
    )

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["client", "user"])

    class Meta:
        verbose_name = _("skills")
        verbose_name_plural = _("skills")
        constraints = [models.UniqueConstraint(fields=["client", "user"], name="skills_once")]

    def __str__(self):
        return str(self.user)

    def fit(self, kind, language):
        """Tell whether a case of this kind is for this person, whose member speaks ``language`` ("de-AT")."""
        speaks = not self.languages or language.lower().partition("-")[0] in self.languages
        return self.takes_cases and speaks and (not self.kinds or kind in self.kinds)


class Skip(Row):
    """Somebody left a case that was theirs to take next, and said why. It is not theirs to take for some hours."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(ReinstatementRequest, models.PROTECT, related_name="skips", db_index=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=40)
    skipped_at = models.DateTimeField(_("skipped"), default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("skipped case")
        verbose_name_plural = _("skipped cases")
        indexes = [models.Index(fields=["user", "skipped_at"], name="skip_by_user")]

    def __str__(self):
        return str(self.case)


class CaseBulk(Row):
    """One thing that somebody did to many cases, and what became of each. Its key comes with the form: it runs once.

    ``outcomes`` has, in the order of ``cases``, ``[case, why it was refused or ""]`` of each that was reached.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    deed = models.CharField(_("what"), max_length=20)
    cases = models.JSONField(_("cases"), default=list)
    outcomes = models.JSONField(_("outcomes"), default=list)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("many cases at once")
        verbose_name_plural = _("many cases at once")
