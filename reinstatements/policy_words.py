"""The words for what a policy keeps as codes: conditions, why something was chosen, what one version says otherwise."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import money
from accounts.models import Restriction
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.differing import Difference
from reinstatements.linked_systems import SYSTEMS
from reinstatements.policies import APPEAL_DAYS, conditions
from reinstatements.policies.conditions import AT_LEAST, BELOW, FACTS, NONE_OF
from reinstatements.presentation import choice, role
from reinstatements.rules import RULES

STEPS = {
    "verification": gettext_lazy("Collecting evidence"),
    "member": gettext_lazy("Waiting for the member"),
    "decision": gettext_lazy("Each decision"),
    "completion": gettext_lazy("Confirmation by linked systems"),
}


def check(code):
    """Return the word of a check, or the bare code of one that is not in the catalogue any more."""
    return str(CATALOGUE[code].label) if code in CATALOGUE else code


def level(asked):
    """Say who decides at a level, with how many there must be where it is more than one."""
    return role(asked.role) if asked.count == 1 else f"{asked.count} × {role(asked.role)}"


def words_of(name, values, reason):
    """Return the words of a fact's values; ``reason`` words the client's own reason codes."""
    choices = dict(FACTS[name].choices)
    return [str(choices[value]).lower() if value in choices else reason(value) for value in values]


def condition(asked, currency, reason):
    """Say what a condition asks: "balance owed at least 500.00 EUR"."""
    fact, value = FACTS[asked.fact], asked.value
    if fact.kind == "words":
        said = _(" or ").join(words_of(asked.fact, value, reason))
        words = _("%(fact)s: none of %(value)s") if asked.operator == NONE_OF else _("%(fact)s: %(value)s")
    else:
        said = money.words(value, currency) if fact.kind == "money" and currency else str(value)
        words = {AT_LEAST: _("%(fact)s at least %(value)s"), BELOW: _("%(fact)s less than %(value)s")}[asked.operator]
    return words % {"fact": fact.label, "value": said}


def known(name, profile, reason):
    """Say what is known of a fact in this case; "" for nothing."""
    value, fact = profile.get(name), FACTS[name]
    if value is None or value == []:
        return _("not known") if value is None else _("none")
    if fact.kind == "money":
        return money.words(value, profile["currency"])
    if fact.kind == "number":
        return str(value)
    return ", ".join(words_of(name, [value] if isinstance(value, str) else value, reason))


def because(why, profile, currency, reason):
    """Say why something was chosen, with what is known in this case of each condition that held."""
    if why.restriction:
        return _("asked for a restriction of the kind “%s”") % choice(Restriction.Kind, why.restriction).lower()
    if not why.conditions:
        return _("asked of every case")
    said = []
    for asked in why.conditions:
        words = {"condition": condition(asked, currency, reason), "here": known(asked.fact, profile, reason)}
        if asked.fact in why.unknown:
            said.append(_("%(condition)s (here: %(here)s, so it is taken to hold)") % words)
        else:
            said.append(_("%(condition)s (here: %(here)s)") % words)
    return _(" and ").join(said)


def reasons(chosen, profile, currency, reason):
    """Say of each check, level and waiver that was chosen why it was: three lists of ``(what, why)``."""

    def why(found):
        return "; ".join(because(one, profile, currency, reason) for one in found)

    return {
        "checks": [(check(asked.code), why(asked.because)) for asked in chosen.checks],
        "levels": [(level(asked), why([asked.because])) for asked in chosen.levels],
        "waivers": [
            (_("%(check)s, by: %(role)s") % {"check": check(one.check), "role": role(one.role)}, why([one.because]))
            for one in chosen.waivers
        ],
    }


def minutes(value):
    """Say a time in the largest unit that it is whole in."""
    if value and value % 1440 == 0:
        return ngettext("%d day", "%d days", value // 1440) % (value // 1440)
    if value and value % 60 == 0:
        return ngettext("%d hour", "%d hours", value // 60) % (value // 60)
    return ngettext("%d minute", "%d minutes", value) % value


def under(when, currency, reason):
    """Say under which conditions a rule applies, all of which must hold."""
    said = [condition(asked, currency, reason) for asked in conditions.read(when)]
    return _("where %s") % _(" and ").join(said) if said else _("every case")


def statements(rules, reason):
    """Yield ``(section, label, words)`` of everything that a policy says; ``reason`` words a client's reason codes."""
    currency = rules.get("currency", "")
    asked = {code: [_("every case")] for code in rules["checks"]}
    for kind, codes in rules["checks_by_restriction"].items():
        for code in codes:
            words = _("restrictions of the kind “%s”") % choice(Restriction.Kind, kind).lower()
            asked.setdefault(code, []).append(words)
    for rule in rules.get("checks_when", []):
        for code in rule["checks"]:
            asked.setdefault(code, []).append(under(rule.get("when", []), currency, reason))
    for code, why in asked.items():
        yield "checks", check(code), "; ".join(why)
    for number, rule in enumerate(rules["levels"], 1):
        who = role(rule["role"]) if rule["count"] == 1 else f"{rule['count']} × {role(rule['role'])}"
        yield "levels", _("Level %d") % number, f"{who}: {under(rule.get('when', []), currency, reason)}"
    for rule in rules.get("waivers", []):
        words = {"role": role(rule["role"]), "when": under(rule.get("when", []), currency, reason)}
        yield "waivers", check(rule["check"]), _("by: %(role)s, %(when)s") % words
    for rule in rules.get("confirmations", []):
        words = {"system": SYSTEMS.get(rule["system"], rule["system"])}
        words["when"] = under(rule.get("when", []), currency, reason)
        yield "confirmations", _("Completed once it is confirmed by"), _("%(system)s: %(when)s") % words
    yield "times", _("The whole case"), minutes(rules["target_minutes"])
    for step, value in rules.get("minutes", {}).items():
        yield "times", str(STEPS.get(step, step)), minutes(value)
    yield "others", _("Who has paid all comes back by a rule"), by_rule(rules, currency, reason)
    looked_at = rules.get("review_one_in", 20)
    yield "others", _("Of what a rule decides, a person looks at"), _("one in %d") % looked_at
    if "appeal_days" in rules:
        days = rules["appeal_days"]
        words = ngettext("%d day", "%d days", days) % days if days else _("nobody may appeal")
        yield "others", _("An appeal is open for"), words
    yield "others", _("Several cases approved at once"), _("yes") if rules.get("bulk_approval") else _("no")


def by_rule(rules, currency, reason):
    """Say whether a payment of all that is owed brings back by a rule, and under which conditions."""
    lane = rules.get("automatic", {"rules": RULES})
    if "paid_in_full" not in lane["rules"]:
        return _("no")
    return _("yes, %s") % under(lane["when"], currency, reason) if lane.get("when") else _("yes")


def appeal(rules):
    """Say until when what was declined under these rules may be appealed."""
    days = rules.get("appeal_days", APPEAL_DAYS)
    if not days:
        return _("Nobody may appeal.")
    words = ngettext("The member may appeal for %d day.", "The member may appeal for %d days.", days)
    return " ".join([words % days, _("Somebody else decides, on the evidence as it stood.")])


def differences(before, after, reason):
    """Return, in words, what one version of a policy says otherwise than another."""
    old = {(section, label): words for section, label, words in statements(before, reason)}
    new = {(section, label): words for section, label, words in statements(after, reason)}
    prefix = {"checks": _("Check: %s"), "waivers": _("Waiver: %s"), "times": _("Time: %s")}
    return [
        Difference(prefix.get(key[0], "%s") % key[1], old.get(key, ""), new.get(key, ""))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]
