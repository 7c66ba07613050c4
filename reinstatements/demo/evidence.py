"""What agents of the demo write down: why service should resume, and what proves it."""

from datetime import timedelta

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
    "policy": (
        "breach_settled",
        (
            "The nephew had put the SIM into a gateway. It is back in the member's phone; warned, first breach.",
            "The bulk messages were a church newsletter. The member now uses a mail service instead.",
        ),
    ),
    "security": (
        "identity_confirmed sim_replaced false_alarm",
        (
            "The member came to the shop with the passport. New SIM handed out, PIN and password changed there.",
            "Called back on the number on file: the calls were a hijacked voicemail, which is off now.",
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


def resume(rng, kind):
    """Return the reason and the statement with which a case is opened."""
    codes, statements = RESUME[kind]
    return rng.choice(codes.split()), rng.choice(statements)


def of(code, rng, account, today):
    """Return believable ``(facts, evidence)`` that meet a check."""
    yesterday = (today - timedelta(days=rng.randint(0, 2))).isoformat()
    number = rng.randrange(1000, 9999)
    if code == "identity":
        method = rng.choice(list(METHODS))
        return {"method": method}, {"reference": f"{METHODS[method]} {today:%d%m}-{number}"}
    if code == "payment_received":
        amount = {"amount": account.balance_minor, "received_on": yesterday}
        return amount, {"reference": f"Transfer {account.number} / {number}"}
    if code == "policy_reviewed":
        finding = rng.choice(["settled", "warned", "settled", "mistaken"])
        return {"finding": finding}, {"reference": "Spoke with the member, read the log of the line, nothing since."}
    if code == "security_cleared":
        return {"measure": rng.choice(["credentials", "sim", "false_alarm"])}, {"reference": f"Ticket {number}"}
    if code == "contact_confirmed":
        return {"channel": rng.choice(["email", "phone", "phone", "letter"]), "confirmed_on": yesterday}, {}
    document = rng.choice(["passport", "id_card", "residence"])
    valid_until = (today + timedelta(days=rng.randint(300, 3000))).isoformat()
    return {"document": document, "valid_until": valid_until}, {"reference": f"X{number}0{rng.randrange(100, 999)}"}
