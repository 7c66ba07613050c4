"""Every page of every role, opened in the browser: usable by everybody, in both colours, on a phone, and under the policy."""

import pytest

from tests.browser.house import ROLES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]
EVERYBODY = (*ROLES, "nobody", "visitor")
CHECKS = ("structure", "focus", "contrast, light", "contrast, dark", "width", "inline", "browser")


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("who", EVERYBODY)
def test_nothing_is_wrong(visits, who, check):
    assert {visit.address: visit.problems[check] for visit in visits[who] if visit.problems[check]} == {}
