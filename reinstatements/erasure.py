"""A case in progress needs to know whom it is about. The words of a case lie beside the ledger and go with it."""

from django.utils.translation import gettext as _

from accounts import registries
from accounts.errors import Refused
from reinstatements.models import EvidenceFile, ReinstatementRequest


@registries.erasure.register("reinstatements")
def refuse_while_open(account):
    found = ReinstatementRequest.objects.filter(account=account).open().first()
    if found:
        raise Refused(_("The case %s is open. Decide or withdraw it before the personal data is erased.") % found.code)
    EvidenceFile.objects.filter(account=account).update(name=None, content=None)
