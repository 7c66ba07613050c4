"""Every page of every role, opened in the browser: quiet under the strict policy, fit for a phone, and for those who
read with a screen reader, move with the keyboard, or see little contrast.

One walk through all pages serves all of these tests, so they stand in one file, which one worker runs.
"""

import pytest
from django.urls import get_resolver

from tests.browser.visits import CHECKS, EVERYBODY, wrong

BAD = """<!doctype html><title></title><body style="background: #fff">
<h1>One</h1><h1>Two</h1><img src="data:,"><input id="twice" tabindex="3"><a id="twice" href="/"></a>
<button style="outline: none; background: #fff; color: #777">Grey</button><p style="width: 9000px">Wide</p>"""

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]

# Addresses that answer with a file, with data, by leading on, or only to a form that is sent.
NO_PAGES = {
    *("health", "theme", "api_openapi", "account_draft", "export", "export_run_file", "export_run_cancel"),
    *("case_evidence", "case_file", "import_problems", "import_progress", "linked_acknowledge"),
}
SENT = {
    "case_submit",
    "case_start",
    "case_check",
    "case_check_reopen",
    "case_send",
    "case_waiver",
    "case_waive",
    "case_approve",
    "case_decline",
    "case_send_back",
    "case_review",
    "case_reverse",
    "case_appeal",
    "merge_confirm",
    "merge_decline",
    "merge_undo",
    "policy_put_in_force",
    "policy_turn_down",
    "account_view_save",
    "account_view_remove",
    "case_withdraw",
    "case_priority",
    "staff_away",
    "absence_end",
    *("case_claim", "case_release", "case_take_over", "case_ask_member", "case_answer", "case_note", "case_correct"),
    *("case_skip", "case_files", "case_file_remove", "queue_save", "queue_remove", "team_absence_end"),
    *("ending_confirm", "ending_decline", "membership_withdraw"),
    *("account_attempt", "representative_add", "representative_end", "case_prove_identity", "delegation_end"),
    "api_key_end",
    *("case_ask_client", "case_client_comment", "case_client_escalate", "case_client_lift", "case_client_pause"),
    *("case_ask_system", "case_confirm", "case_not_confirmed", "case_reconsider"),
    *("external_code", "external_check", "external_decide", "review_guideline"),
    *("linked_system_pause", "linked_system_resume", "linked_system_test", "webhook_send_again"),
}


def test_every_page_was_opened_by_somebody(visits):
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    opened = {visit.name for walked in visits.values() for visit in walked}

    assert names - NO_PAGES - SENT - opened == set()
    assert (NO_PAGES | SENT) & opened == set()


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_page_answers_with_a_failure(visits, who):
    assert [visit for visit in visits[who] if visit.status not in (200, 400, 403, 404)] == []


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_page_holds_inline_script_or_style(visits, who):
    assert wrong(visits[who], "inline") == {}


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_browser_complains_about_nothing(visits, who):
    """No script error, no violation of the content security policy, no file that is missing."""
    assert wrong(visits[who], "browser") == {}


@pytest.mark.parametrize("window", ["desk", "phone"])
@pytest.mark.parametrize("who", EVERYBODY)
def test_no_page_is_wider_than_its_window(visits, who, window):
    assert wrong(visits[who], window) == {}


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_page_has_one_heading_a_language_and_a_name_for_everything(visits, who):
    assert wrong(visits[who], "structure") == {}


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_focus_can_be_seen_wherever_it_is(visits, who):
    assert wrong(visits[who], "focus") == {}


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("who", EVERYBODY)
def test_all_text_has_a_contrast_of_4_5_to_1(visits, who, colours):
    assert wrong(visits[who], colours) == {}


def test_the_checks_find_what_is_wrong(page):
    page.set_content(BAD)
    page.add_script_tag(path=CHECKS)
    page.keyboard.press("Shift")

    assert page.evaluate("checks.structure()") == [
        "2 h1 headings",
        "no language",
        "no title",
        "0 main landmarks",
        "id used twice: twice",
        "tabindex: <input #twice> ",
        'no words for: <img src="data:,">',
        'no name: <input #twice>  <input id="twice" tabindex="3">',
        'no name: <a #twice>  <a id="twice" href="/"></a>',
    ]
    assert page.evaluate("checks.focus()") == ["focus not seen: <button> Grey"]
    # https://webaim.org/resources/contrastchecker/?fcolor=777777&bcolor=FFFFFF
    assert page.evaluate("checks.contrast()") == ["4.48: <button> Grey "]
    assert page.evaluate("checks.width()")[1:] == ["<p> Wide"]
