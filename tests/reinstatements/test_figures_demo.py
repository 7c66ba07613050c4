"""The charts of the demo, against its cases counted one by one."""

from collections import Counter
from datetime import timedelta
from math import ceil

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import grants
from accounts.models import User
from reinstatements import figures
from reinstatements.models import ReinstatementRequest
from tests.reinstatements.test_demo import load, small_file

__all__ = ["small_file"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.requirement("R109")
@scopes_disabled()
def test_the_charts_of_the_demo_add_up_to_its_cases(small_file):
    load()
    for username in ("david", "elif", "greta"):
        add_up(User.objects.get(username=username), timezone.now())


def add_up(user, now):
    today = timezone.localdate(now)
    client_ids = grants.client_ids(user, "see_figures")
    cases = list(ReinstatementRequest.objects.filter(client__in=client_ids))
    first_day, first_week = today - timedelta(days=29), today - timedelta(days=today.weekday(), weeks=7)

    assert figures.opened(user, client_ids, today) == Counter(
        (case.client_id, timezone.localdate(case.opened_at), figures.OUTCOME_OF[case.status])
        for case in cases
        if timezone.localdate(case.opened_at) >= first_day
    )
    limits = [4 * 3600, 24 * 3600, 3 * 86400, 7 * 86400]
    assert figures.waiting(user, client_ids, now) == Counter(
        (case.client_id, sum((now - case.opened_at).total_seconds() >= limit for limit in limits), case.due_at < now)
        for case in cases
        if case.is_open
    )
    weeks: dict = {}
    for case in cases:
        day = case.decided_at and timezone.localdate(case.decided_at)
        if day and day >= first_week and not case.is_automatic:
            weeks.setdefault(day - timedelta(days=day.weekday()), []).append(case.decided_at - case.opened_at)
    assert weeks
    assert figures.decided(user, client_ids, today) == {
        monday: (sorted(took)[ceil(len(took) * 0.5) - 1], sorted(took)[ceil(len(took) * 0.9) - 1])
        for monday, took in weeks.items()
    }
