"""How many rows each table has, to compare before and after what must write nothing."""

from contextlib import contextmanager

from django.apps import apps
from django.db import connection, transaction

# Being signed in and looking at something leave their own rows.
KEPT_ASIDE = {"django_session", "usersessions_usersession"}


def counts():
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - KEPT_ASIDE)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT COUNT(*) FROM {quote(table)})" for table in tables))
        return dict(zip(tables, cursor.fetchone(), strict=True))


@contextmanager
def taken_back():
    """Undo what happens in the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def refused(answer, said=""):
    """Check that an answer is a 4xx with words in it."""
    assert 400 <= answer.status_code < 500, answer.status_code
    assert said in answer.text
    return answer
