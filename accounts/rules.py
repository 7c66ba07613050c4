"""Who may do what to an account. Pages, templates, API, admin and tasks ask these; nothing asks ``has_perm``."""

from accounts import grants


def can_see(row, user):
    return grants.allows(user, row.client_id, "see")


def can_work(row, user):
    """Agents and supervisors open cases and collect evidence."""
    return grants.allows(user, row.client_id, "work")


def can_change_service(row, user):
    """Staff who work the client's queues change service by hand; a named rule or an import does so as the system."""
    return user.is_system or can_work(row, user)


def can_reinstate(row, user):
    """Whoever may decide; that this decision was taken on a case is held by the ledger and the database."""
    return user.is_system or grants.allows(user, row.client_id, "decide")


def can_reveal(row, user):
    return grants.allows(user, row.client_id, "reveal")


def can_see_log(row, user):
    return grants.allows(user, row.client_id, "see_log")


def can_export(row, user):
    return grants.allows(user, row.client_id, "export")


def can_configure(row, user):
    return grants.allows(user, row.client_id, "configure")


def can_grant(row, user):
    return grants.allows(user, row.client_id, "grant")
