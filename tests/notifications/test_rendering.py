import pytest

from accounts.errors import Invalid
from notifications import rendering

BODY = "Hello {holder_name}, {reason} {action}"


def test_values_stand_where_their_names_stood():
    assert rendering.fill("{client_name}: {reason}", {"client_name": "Acme", "reason": "Paid"}) == "Acme: Paid"


def test_a_value_is_never_read_as_a_template():
    values = {"holder_name": "{account_number} ${PATH} %(x)s {{ 7|add:7 }}", "account_number": "A-1"}

    assert rendering.fill("{holder_name}", values) == "{account_number} ${PATH} %(x)s {{ 7|add:7 }}"


def test_a_value_stays_on_its_line():
    assert rendering.fill("{holder_name}", {"holder_name": "Eve\r\nBcc: all@example.com\x00\u2028x"}) == (
        "Eve Bcc: all@example.com x"
    )


@pytest.mark.parametrize("empty", ["", "  ", "\r\n", "\x00", None])
def test_a_text_with_a_gap_is_not_rendered(empty):
    values = {"reason": "A payment is missing.", "action": empty}
    if empty is None:
        del values["action"]

    with pytest.raises(rendering.Incomplete) as gap:
        rendering.fill("{reason} {action}", values)
    assert gap.value.names == {"action"}


@pytest.mark.requirement("R88")
@pytest.mark.parametrize(
    ("subject", "body", "field"),
    [
        ("", BODY, "subject"),
        ("Suspended", " \n ", "body"),
        ("Two\nlines", BODY, "subject"),
        ("Suspended\x00", BODY, "subject"),
        ("Suspended", BODY + "\x00", "body"),
        ("Suspended", BODY + "\ud800", "body"),
        ("Suspended {phone}", BODY, "subject"),
        ("Suspended", BODY + "{case_code}", "body"),
        ("Suspended", BODY + "{}", "body"),
        ("Suspended", BODY + "{holder_name", "body"),
        ("Suspended", BODY + "}", "body"),
        ("Suspended", BODY + "{{ user.password }}", "body"),
        ("Suspended", BODY + "{holder_name.__class__}", "body"),
        ("Suspended", BODY + "{0}", "body"),
        ("Suspended", "Hello {holder_name}, {reason}", "body"),
        ("Suspended", "Hello {holder_name}, {action}", "body"),
    ],
)
def test_what_cannot_be_a_template_is_refused_with_the_field_it_stands_in(subject, body, field):
    with pytest.raises(Invalid) as refused:
        rendering.check("account.suspended", subject, body)
    assert refused.value.field == field


def test_right_to_left_and_combining_signs_are_kept():
    rendering.check("account.suspended", "الحساب معلّق", f"e\u0301 {BODY}")

    assert rendering.fill("{holder_name}", {"holder_name": "مريم e\u0301 \u200f!"}) == "مريم e\u0301 \u200f!"
