"""What the badges and clocks on every page say."""

from datetime import UTC, datetime, timedelta

import lucide
import pytest

from accounts import components
from accounts.models import Account, Membership
from accounts.templatetags import desk
from notifications.models import Delivery
from reinstatements.models import Approval, Check, ReinstatementRequest

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KINDS = [
    Account.Status,
    Membership.Status,
    ReinstatementRequest.Status,
    Check.Outcome,
    Approval.Decision,
    Delivery.Status,
]


@pytest.mark.parametrize("choices", KINDS, ids=lambda choices: choices.__qualname__)
def test_every_status_has_an_icon_that_no_other_status_of_its_kind_has(choices):
    icons = [desk.STATUSES[status][1] for status in choices.values]

    assert len(set(icons)) == len(icons)


def test_every_icon_of_a_status_exists():
    for _tone, name in desk.STATUSES.values():
        assert lucide._render_icon(name, 13).startswith("<svg")


def test_a_badge_says_the_status_in_words_and_escapes_them():
    badge = components.status_badge("suspended", "<Gesperrt>")

    assert "tone-bad" in badge
    assert "&lt;Gesperrt&gt;" in badge
    assert "<svg" in badge


def test_a_status_nobody_has_heard_of_still_shows_its_word():
    badge = components.status_badge("frozen", "Frozen")

    assert "tone-quiet" in badge
    assert "Frozen" in badge


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=20), "0 min"),
        (timedelta(minutes=38), "38 min"),
        (timedelta(minutes=59, seconds=40), "1 h"),
        (timedelta(hours=3, minutes=12), "3 h 12 min"),
        (timedelta(hours=47, minutes=59), "47 h 59 min"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=9, hours=13), "10 days"),
    ],
)
@pytest.mark.parametrize("way", [1, -1])
def test_a_span_has_at_most_two_units_and_reads_the_same_both_ways(time_machine, away, words, way):
    time_machine.move_to(NOW, tick=False)

    assert desk.span(NOW + way * away) == words
