"""The demo's logins on its sign-in page, so that nobody has to look for them. Mounted in a demonstration only."""

from django.http import HttpRequest


def demo_logins(request: HttpRequest) -> dict:
    """Give the sign-in page the pairs of login and what that person does, and the password they share."""
    if not request.resolver_match or request.resolver_match.url_name != "account_login":
        return {}
    from reinstatements.demo import people

    return {"demo_logins": people.pairs(), "demo_password": people.PASSWORD}
