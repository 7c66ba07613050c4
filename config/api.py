"""What programs can do, put together from the apps."""

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI, Schema

from accounts.api import accounts, entries, imports, lists, problems
from accounts.api.access import READ, KeyThrottle
from accounts.api.types import answers
from accounts.grants import roles
from reinstatements.api import cases, deciding, working

api = NinjaAPI(
    title="Reinstate",
    version="1",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    throttle=[KeyThrottle()],
)
problems.register(api)
for part in (lists, accounts, entries, imports, cases, working, deciding):
    api.add_router("", part.router)


class Whose(Schema):
    """Whose key it is, at which client, in which roles, and what it is for."""

    login: str
    client: str
    roles: list[str]
    scope: str
    ends_at: str


@api.get("/key", auth=READ, response=answers(Whose), url_name="key", summary="Whose key this is", tags=["Key"])
def whose(request: HttpRequest) -> dict[str, Any]:
    """Say what the key of this request opens."""
    key = request.api_key  # type: ignore[attr-defined]
    return {
        "login": key.user.username,
        "client": key.client.code,
        "roles": sorted(roles(key.user, key.client_id)),
        "scope": key.scope,
        "ends_at": key.ends_at.isoformat(),
    }
