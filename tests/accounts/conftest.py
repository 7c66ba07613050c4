"""What the pages of the log, and the check of the ledger, are tried on."""

import pytest
from django_scopes import scope

from reinstatements import services
from tests import factories
from tests.accounts.tampering import built, tampered  # noqa: F401


@pytest.fixture
def decided(awaiting_approval, supervisor, acme):
    """A case that was approved, with a note that is the member's and nobody else's."""
    with scope(client=[acme.pk]):
        services.approve(
            awaiting_approval,
            actor=supervisor,
            reason="paid",
            note="Maria Köhler paid at the counter.",
            seen=factories.seen(awaiting_approval),
        )
    return awaiting_approval


@pytest.fixture
def foreign(globex):
    return factories.make_account(globex, number="CANARY-9")
