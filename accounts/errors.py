"""What a service may answer instead of doing what it was asked. Pages turn them into 400, 403 and 409."""


class ServiceError(Exception):
    """``message`` is for the person who reads it: what happened and what to do."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


class Invalid(ServiceError):
    """What was sent cannot be right. ``field`` names the form field, when there is one."""

    def __init__(self, message, field=None):
        super().__init__(message)
        self.field = field


class Refused(ServiceError):
    """A rule says no to this person."""


class Moved(ServiceError):
    """The row is no longer as it was when the page was shown."""
