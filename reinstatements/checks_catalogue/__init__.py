"""What can be checked, with the evidence that proves it. Policies choose from here."""

from reinstatements.checks_catalogue import bank, commerce, common, health, saas, telecom

CATALOGUE = {check.code: check for part in (common, telecom, bank, commerce, saas, health) for check in part.CHECKS}


def check_type(code):
    return CATALOGUE[code]
