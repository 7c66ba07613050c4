"""What agents of the demo write down: why service should resume, and what proves it."""

from datetime import date, timedelta

from accounts.zones import zone

RESUME = {
    # kind of restriction: (reason codes, statements)
    "payment": (
        "paid",
        (
            "The member paid by transfer and sent the receipt; the amount is on our account since this morning.",
            "Paid in the shop in cash, receipt seen. The member asks for the line today: the children need it.",
            "New card on file, and the open invoices were charged to it at once. Charge confirmed by the card company.",
            "Direct debit had failed because of a new bank; the new mandate is signed and the amount has arrived.",
        ),
    ),
    "policy": ("breach_settled", ("The bulk messages were a choir's newsletter; the member uses a mail service now.",)),
    "policy_breach": (
        "breach_settled",
        (
            "The nephew had put the SIM into a gateway. It is back in the member's phone; warned, first breach.",
            "The calls were a son's prank; the neighbours had an apology, and the member a warning.",
        ),
    ),
    "excessive_use": (
        "breach_settled",
        ("The bulk messages were a choir's newsletter; the member uses a mail service now.",),
    ),
    "fraud_suspected": (
        "identity_confirmed sim_replaced",
        (
            "The member came to the shop with the passport. New SIM handed out, PIN and password changed there.",
            "Called back on the number on file: somebody had the voicemail's code. It is changed now.",
        ),
    ),
    "device_stolen": (
        "sim_replaced",
        (
            "A new phone and a new SIM, handed out in the shop against the passport; police report seen.",
            "The phone was found under the seat of a taxi. The member has it and knows the PIN.",
        ),
    ),
    "data": (
        "contact_corrected",
        ("The member moved in summer and forgot us. New address and mail confirmed by an answer to our mail.",),
    ),
    "inactivity": ("customer_returns", ("Back from two years at sea. Wants the old number again and has topped up.",)),
    "voluntary": ("customer_returns", ("The year abroad ends early; the member flies home on Friday.",)),
    "compliance": (
        "kyc_renewed sanctions_cleared",
        (
            "The new passport was shown in the branch and copied. Same person, same signature.",
            "The match was with somebody of the same name, born eleven years earlier. The list's file was compared.",
        ),
    ),
}
METHODS = {"questions": "Call", "call_back": "Call", "document": "Copy"}
TOPICS = {
    # reason of the stop: what its ticket is about
    "trial_expired": "trial",
    "payment_failed": "billing",
    "non_payment": "billing",
    "misuse": "misuse",
    "credentials_leaked": "access",
}
ANSWERS = {
    "trial": "Thank you for your order. The workspace is back as it was once this is approved, today as it looks.",
    "billing": "We see the payment. Your workspace is unlocked as soon as a colleague has confirmed it.",
    "misuse": "Thank you for ending it. A colleague confirms it today; we keep an eye on the workspace for a month.",
    "access": "All keys of the workspace were replaced. Please sign in anew; the old ones work nowhere any more.",
    "other": "Thank you for writing. We look into it today and answer here.",
}
APPEALS = {
    # reason of the stop: the rule in question, and what was found
    "account_shared": ("sharing", "Devices and places of the last thirty days read; only the household is left."),
    "content_removed": ("content", "The reviews were read beside the rules; they stay deleted, the member agrees."),
    "refunds_abused": ("returns", "Playback logs read: long pauses and errors on the television, as the member says."),
}


def resume(rng, about, words=RESUME):
    """Return the reason and the statement with which a case about this kind, or reason, is opened."""
    codes, statements = words[about]
    return rng.choice(codes.split()), rng.choice(statements)


def of(code, rng, account, today, case=None):
    """Return believable ``(facts, evidence)`` that meet a check of ``case``: from after its account stopped."""
    stopped_for = case.stopped_reason if case else ""
    since = case.stopped_at.astimezone(zone(account.client.time_zone)).date() if case else date.min

    def ago(days):
        return min(max(today - timedelta(days=rng.randint(0, days)), since), today).isoformat()

    number = rng.randrange(1000, 9999)
    if code == "identity":
        method = rng.choice(list(METHODS))
        return {"method": method}, {"reference": f"{METHODS[method]} {today:%d%m}-{number}"}
    if code == "payment_received":
        amount = {"amount": account.balance_minor, "received_on": ago(2)}
        return amount, {"reference": f"Transfer {account.number} / {number}"}
    if code == "data_corrected":
        found = {"defect": "address", "verified_by": rng.choice(["document", "answer"]), "corrected_on": ago(2)}
        return found, {"before": f"Postbox {number}, returned", "after": "The new address on the account"}
    if code == "support_ticket":
        topic = TOPICS.get(stopped_for, "other")
        return {"topic": topic, "opened_on": ago(3)}, {"reference": f"#{number}", "response": ANSWERS[topic]}
    if code == "appeal_reviewed":
        rule, found = APPEALS.get(
            stopped_for, ("resale", "Nothing is on offer any more; the member was told the rule.")
        )
        finding = rng.choice(["settled", "settled", "warned"])
        return {"rule": rule, "finding": finding, "appealed_on": ago(4)}, {"reference": found}
    facts, reference = CHOSEN[code](rng, ago, today, number)
    return facts, {"reference": reference} if reference else {}


def line_history(rng, ago, today, number):
    porting = rng.choice(["never", "never", "never", "came", "came", "returned"])
    moved = {} if porting == "never" else {"ported_on": (today - timedelta(days=rng.randint(200, 3000))).isoformat()}
    last = (today - timedelta(days=rng.randint(36, 60))).isoformat()
    return {
        "last_used_on": last,
        "last_use": rng.choice(["call", "text", "data", "data"]),
        "porting": porting,
    } | moved, ""


def kyc(rng, ago, today, number):
    document = rng.choice(["passport", "passport", "id_card", "residence"])
    valid_until = (today + timedelta(days=rng.randint(300, 3000))).isoformat()
    return {"document": document, "valid_until": valid_until}, f"X{number}0{rng.randrange(100, 999)}"


CHOSEN = {
    # check: facts and reference from a source of chance, a day some days ago, today and a number
    "policy_reviewed": lambda rng, ago, today, number: (
        {"finding": rng.choice(["settled", "warned", "settled", "mistaken"])},
        "Spoke with the member, read the log, nothing since.",
    ),
    "security_cleared": lambda rng, ago, today, number: (
        {"measure": rng.choice(["credentials", "credentials", "false_alarm"])},
        f"Ticket {number}",
    ),
    "contact_confirmed": lambda rng, ago, today, number: (
        {"channel": rng.choice(["email", "phone", "phone", "letter"]), "confirmed_on": ago(2)},
        "",
    ),
    "return_confirmed": lambda rng, ago, today, number: (
        {"wish": rng.choice(["back", "back_early"]), "confirmed_on": ago(2)},
        f"Call {today:%d%m}-{number}",
    ),
    "line_history": line_history,
    "plan_confirmed": lambda rng, ago, today, number: (
        {"plan": rng.choice(["same", "same", "same", "changed"]), "agreed_on": ago(1)},
        "",
    ),
    "device_provisioned": lambda rng, ago, today, number: (
        {"device": rng.choice(["same_sim", "same_sim", "new_esim", "new_sim"]), "provisioned_on": ago(1)},
        f"…{number}",
    ),
    "request_details": lambda rng, ago, today, number: (
        {"channel": rng.choice(["branch", "phone", "online", "online", "letter"]), "asked_on": ago(2)},
        f"Request {number}",
    ),
    "kyc": kyc,
    "risk_rating": lambda rng, ago, today, number: (
        {"rating": rng.choice(["low", "low", "medium", "medium", "high"]), "rated_on": ago(1)},
        "",
    ),
    "billing_record": lambda rng, ago, today, number: (
        {"billing": rng.choice(["current", "renewed", "renewed"]), "checked_on": ago(1)},
        f"Invoice {number}",
    ),
    "insured_verified": lambda rng, ago, today, number: (
        {
            "person": rng.choice(["insured", "insured", "insured", "parent", "proxy"]),
            "method": rng.choice(["card", "eid", "letter"]),
        },
        f"Call {today:%d%m}-{number}",
    ),
    "consent_recorded": lambda rng, ago, today, number: (
        {"scope": rng.choice(["cover", "claims", "claims", "all"]), "given_on": ago(30)},
        f"Form C-{number}",
    ),
    "health_statement": lambda rng, ago, today, number: (
        {"statement": rng.choice(["unchanged", "completed", "renewed"]), "signed_on": ago(3)},
        f"Form S-{number}",
    ),
    "data_security": lambda rng, ago, today, number: (
        {"measure": rng.choice(["log_read", "log_read", "portal_reset"]), "confirmed_on": ago(1)},
        f"Log {today:%Y}-{number}",
    ),
}
