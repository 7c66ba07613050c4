"""Who asks: the session and the login that every page reads, by statements that are kept.

What they return is what Django's own would.
"""

from functools import cache

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection

from accounts import keeping
from accounts.ledger import reading

KEY = "stand-in for the key of a session"


class SessionStore(db.SessionStore):
    def _get_session_from_db(self):
        if connection.vendor != "postgresql":
            return super()._get_session_from_db()
        for row in session_statement().ask({KEY: self.session_key}, binary=True):
            return Session(*row)
        self._session_key = None
        return None


class StaffBackend(AuthenticationBackend):
    def get_user(self, user_id):
        if connection.vendor != "postgresql":
            return super().get_user(user_id)
        user = next(reading.made(get_user_model(), login_statement().ask({keeping.LOGIN: user_id}, binary=True)), None)
        return user if user and self.user_can_authenticate(user) else None


@cache
def session_statement():
    rows = Session.objects.filter(session_key=KEY, expire_date__gt=keeping.NOW).values_list()
    return keeping.Statement.of(*keeping.written(lambda: rows, others=(KEY,)))


@cache
def login_statement():
    rows = get_user_model().objects.filter(pk=keeping.LOGIN)
    return keeping.Statement.of(*keeping.written(lambda: rows))
