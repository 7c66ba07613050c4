from accounts.models import Person, User
from accounts.models.staff import SYSTEM_USERNAME


def ensure_system_user():
    """Return the login that stands for rules and jobs, made when it is missing. It cannot sign in."""
    found = User.objects.filter(username=SYSTEM_USERNAME).first()
    if found:
        return found
    person = Person.objects.create(name="Reinstate")
    system = User(username=SYSTEM_USERNAME, first_name="Reinstate", person=person, is_active=False)
    system.set_unusable_password()
    system.save()
    return system
