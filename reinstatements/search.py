"""Cases found by their code, in the search of every page."""

from django.utils.translation import gettext as _

from accounts import registries
from accounts.registries import SearchResult
from reinstatements.models import ReinstatementRequest
from reinstatements.models.request import CODE_ALPHABET

CODE_LENGTH = 8


@registries.search.register("cases")
def cases(user, query):
    """Return the one case whose code was typed, in any case and with any spaces or dashes in it."""
    code = query.upper().replace(" ", "").replace("-", "")
    if len(code) != CODE_LENGTH or not set(code) <= set(CODE_ALPHABET):
        return []
    found = ReinstatementRequest.objects.for_user(user).filter(code=code).select_related("client", "account")
    return [
        SearchResult(
            title=case.code,
            url=case.get_absolute_url(),
            kind=_("Case"),
            client=case.client,
            status=case.status,
            status_label=case.get_status_display(),
            detail=f"{case.account.number} · {case.get_kind_display()}",
            is_exact=True,
        )
        for case in found
    ]
