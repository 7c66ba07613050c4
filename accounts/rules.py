"""Who may do what to an account. Pages, templates, API, admin and tasks ask these; nothing asks ``has_perm``."""

from accounts import delegated, grants


def can_see(row, user):
    return grants.allows(user, row.client_id, "see")


def can_work(row, user):
    """Agents and supervisors open cases and collect evidence."""
    return grants.allows(user, row.client_id, "work")


def can_change_service(row, user):
    """Staff who work the client's queues change service by hand; a named rule or an import does so as the system."""
    return user.is_system or can_work(row, user)


def can_suspend(row, user):
    """Staff who work the client's queues; whoever decides does so where a reinstatement is taken back."""
    return can_change_service(row, user) or grants.allows(user, row.client_id, "decide")


def can_reinstate(row, user):
    """Whoever may give the last approval; that it was given on a case is held by the ledger and the database."""
    is_own = user.is_system or grants.allows(user, row.client_id, "approve")
    return is_own or delegated.allows(user, row.client_id, "approve")


def can_write_off(row, user):
    """Giving up a debt is a decision: whoever brought it in does not take it."""
    return grants.allows(user, row.client_id, "decide")


def can_settle_billing(row, user):
    """Whoever leads a team of the client looks after what its billing has not acknowledged."""
    return grants.allows(user, row.client_id, "assign")


def can_decide_merge(row, user):
    """Whoever decides at the client; that it is another person than who proposed it, the database holds."""
    return grants.allows(user, row.client_id, "decide")


def can_reveal(row, user):
    return grants.allows(user, row.client_id, "reveal")


def can_judge_signals(row, user):
    """Supervisors and compliance officers look at signs of fraud and error."""
    return grants.allows(user, row.client_id, "judge_signals")


def is_own_signal(signal, user):
    """Whether it is about what this person did, with this login or another."""
    return signal.about is not None and signal.about.person_id == user.person_id


def can_read_words(row, user):
    """Notes, statements and evidence are for those who work on cases or decide them; others see that there are some."""
    return grants.allows(user, row.client_id, "work") or grants.allows(user, row.client_id, "decide")


def can_draft(row, user):
    """What is typed and not sent is kept for those who have forms to fill in: they work, decide, approve or reveal."""
    return can_read_words(row, user) or can_reveal(row, user) or grants.allows(user, row.client_id, "approve")


def can_see_log(row, user):
    return grants.allows(user, row.client_id, "see_log")


def can_export(row, user):
    return grants.allows(user, row.client_id, "export")


def can_erase(row, user):
    return grants.allows(user, row.client_id, "erase")


def can_configure(row, user):
    return grants.allows(user, row.client_id, "configure")


def can_grant(row, user):
    return grants.allows(user, row.client_id, "grant")


def can_train(row, user):
    """Compliance officers and administrators keep the record of who is trained for a client."""
    return grants.allows(user, row.client_id, "train")


def can_change_login(login, user):
    """Whoever administers every client that a login works for: at a client of somebody else it is theirs too."""
    client_ids = set(login.client_roles.values_list("content_object", flat=True))
    return bool(client_ids) and all(grants.allows(user, client_id, "configure") for client_id in client_ids)


def leads(login, user):
    """Whoever hands out the work of a client that a login works for."""
    return bool(set(grants.client_ids(user, "assign")) & set(grants.of(login)))


def can_mark_absence(login, user):
    """The person themselves with any of their logins, whoever leads them, and whoever administers their clients."""
    return login.person_id == user.person_id or leads(login, user) or can_change_login(login, user)
