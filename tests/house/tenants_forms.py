"""What somebody would send to each form of the product, for the rows of one client."""

import json
from hashlib import sha256

from django.urls import reverse

DRAFT = {"key": "open:1", "fields": {"statement": "They paid."}}
ADMIN = {"action": "delete_selected", "index": "0", "colour": "1", "industry": "bank", "_save": "1"}
DECIDED = {"case_approve", "case_decline", "case_send_back"}


def words(name, world):
    """Return the fields that are sent to the form of this name."""
    # Read anew each time, and only where a decision is sent: it takes longer than all the rest.
    facts = {"facts": world.facts_text} if name in DECIDED else {}
    return facts | {
        "theme": {"theme": "dark", "next": "/"},
        "account_change_password": {"oldpassword": "x", "password1": "y", "password2": "z"},
        "case_open": {"resume_reason": "paid", "statement": "They paid.", "then": "draft"},
        "membership_case_open": {"resume_reason": "paid", "statement": "They are back.", "then": "draft"},
        "case_check": {"outcome": "met", "method": "call_back", "reference": "Call 4711"},
        "case_waiver": {"note": "They have no papers here."},
        "case_waive": {"note": "As they say.", "decision": "grant"},
        "case_send": {"note": "All is there."},
        "case_approve": {"reason": "paid", "note": "As it says."},
        "case_decline": {"reason": "not_proven", "note": "It does not say."},
        "case_send_back": {"reason": "evidence_unclear", "note": "What is this?"},
        "case_review": {"finding": "not_in_order", "note": "The member had asked to stay away."},
        "case_appeal": {"speaker": "holder", "channel": "phone", "received_at": "2026-11-30T08:00", "statement": "No."},
        "case_reverse": {"reason": "decided_in_error", "note": "The receipt was forged."},
        "case_client_comment": {"note": "She called us as well."},
        "case_client_pause": {"reason": "facts_disputed", "note": "We have another receipt."},
        "case_client_lift": {"note": "It was hers."},
        "case_client_escalate": {"reason": "takes_too_long", "note": "A week."},
        "case_ask_client": {"user": str(world.staff["contact"].pk)},
        "case_note": {"note": "She calls again."},
        "case_correct": {"number": "1", "reason": "detail_wrong", "note": "It was her sister."},
        "case_take_over": {"reason": "case_urgent", "note": "She calls every hour."},
        "case_skip": {"reason": "known_to_me", "note": "My neighbour."},
        "case_ask_member": {"asked": "Please send your passport."},
        "case_answer": {"answer": "Sent it."},
        "case_assign": {"worker": str(world.staff["agent"].pk), "note": "You know her."},
        "alert_settings": {"members_0": "on", "staff_0": "supervisor"},
        "linked_system_new": {"client": world.mark, "name": "Gate", "kind": "crm", "url": "https://crm.example.com/"},
        "linked_system_change": {"name": "Gate", "kind": "crm", "url": "https://crm.example.com/", "answer_hours": "9"},
        "billing_settle": {"reason": "charged_by_hand", "note": "Put right."},
        "case_bulk": {"deed": "assign", "case": str(world.waiting.pk), "key": str(world.waiting.pk), "note": "Today."},
        "queue_save": {"query": f"queue=open&client={world.mark}", "name": "Other"},
        "team_absence": {"starts_at": "2026-01-01T08:00", "ends_at": "2999-01-01T08:00", "note": "On holiday."},
        "skills": {"takes_cases": "on", "most": "7"},
        "case_priority": {"priority": "high", "note": "They called twice."},
        "clock_settings": {"mon": "09:00-17:00", "time_zone": "Europe/Paris", "days": "2026-12-24 closed", "seen": "0"},
        "case_withdraw": {"reason": "not_wanted", "note": ""},
        "account_assets": {"kind": "policy", "identifier": "P-1", "reason": "member_moved"},
        "account_contact": {"phone": "+49 30 901821", "reason": "member_moved", "note": "They called."},
        "account_queries": {"topic": "ask_status", "channel": "phone", "question": "When does it end?"},
        "call": {"number": "+49 30 111111"},
        "training": {"subject": "How it works", "completed_on": "2026-01-01", "valid_until": "2999-01-01"},
        "account_call": {"speaker": "holder", "turn": "1", "email": "somebody@example.org"},
        "account_attempt": {"direction": "out", "outcome": "reached", "note": "They pay tomorrow."},
        "representative_add": {"name": "Erika Muster", "scope": "requests", "valid_until": "2999-01-01"},
        "query": {"answer": "Once it is paid."},
        "account_payments": {"kind": "payment", "external_id": "P-1", "amount_minor": "1.00", "paid_at": "2026-11-01"},
        "signal": {"reason": "clear:explained", "note": "It is a family."},
        "charge_write_off": {"reason": "goodwill", "note": "They were ill."},
        "account_reveal": {"reason": "member_on_phone", "words": "They are on the line."},
        "account_deed": {"reason": "customer_request", "initiator": "member", "confirmed": "on", "seen": "x" * 64},
        "review_guideline": {"outcome": "done", "note": "Salary slips seen."},
        "membership_add": {"plan": "basic", "begins": "active", "reason": "agreed", "initiator": "member"},
        "offer_redeem": {"code": "ABCD-EFGH-JKLM"},
        "membership_deed": {"when": "now", "reason": "too_expensive", "initiator": "member", "understood": "on"},
        "membership_withdraw": {"reason": "away", "initiator": "member", "note": "They stay."},
        "account_merge": {"into": world.done.account.number, "seen": "0" * 64, "reason": "same_customer", "note": ""},
        "ending_confirm": {"seen": "0" * 64, "note": "As it says."},
        "ending_decline": {"reason": "not_proven", "note": "They want to stay."},
        "merge_confirm": {"note": "As it says."},
        "merge_decline": {"reason": "merged_in_error", "note": "They are sisters."},
        "merge_undo": {"reason": "merged_in_error", "note": "They are sisters."},
        "api:case_open": {"account_id": str(world.stopped.pk), "reason": "paid", "statement": "They paid."},
        "api:case_release": {"note": "She calls again."},
        "api:case_note": {"note": "She calls again."},
        "api:case_check": {"outcome": "met", "evidence": {"method": "call_back", "reference": "Call 4711"}},
        "api:case_send": {"note": "All is there."},
        "api:case_withdraw": {"reason": "not_wanted"},
        "api:case_approve": decision(world, "paid", "As it says."),
        "api:case_decline": decision(world, "not_proven", "It does not say."),
        "api:case_send_back": decision(world, "evidence_unclear", "What is this?"),
        "role_grant": {"username": world.staff["agent"].username, "client": world.mark, "role": "auditor"},
        "staff_hours": {"mon": "09:00-17:00", "time_zone": "Europe/Paris"},
        "staff_away": {"starts_on": "2030-01-01", "ends_on": "2030-01-02"},
    }.get(name, settings_of(name, world))


def decision(world, reason, note):
    shown = sha256(world.facts_text.encode()).hexdigest()
    return {"reason": reason, "note": note, "facts_sha256": shown}


def settings_of(name, world):
    """Return the fields of a form of the admin, which name the client and one of its rows."""
    if not name.startswith("admin:"):
        return {}
    kind = name.removeprefix("admin:").split("_")[1:2]
    row = world.rows.get(*kind) if kind else None
    chosen = {"_selected_action": str(row.pk)} if row else {}
    return ADMIN | chosen | {"client": str(world.client.pk), "name": "Other", "code": "other", "label": "Other"}


def send(browser, name, url, world):
    """Post the form of this name."""
    if name == "account_draft":
        return browser.post(url, json.dumps(DRAFT), content_type="application/json")
    if name == "account_logout":
        return browser.get(reverse("account_logout"))
    if name.startswith("api:") and name != "api:imports":
        return browser.post(url, words(name, world), content_type="application/json")
    return browser.post(url, words(name, world))


def sent_words(name, world):
    return [value for value in words(name, world).values() if isinstance(value, str) and len(value) > 7]
