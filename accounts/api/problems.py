"""What a service refuses becomes an answer that says why, with the status that a page would have."""

from django.http import Http404
from django.utils.translation import gettext as _
from ninja.errors import HttpError, Throttled, ValidationError

from accounts.errors import ServiceError
from accounts.middleware import STATUS


class NotThisShape(ServiceError):
    """A form does not take what was sent; ``fields`` are its problems by field."""

    def __init__(self, form):
        fields = {name: [str(problem) for problem in found] for name, found in form.errors.items()}
        super().__init__(next(iter(fields.values()))[0])
        self.fields = fields


def checked(form):
    """Return what a form makes of what was sent; raises ``NotThisShape`` where it takes it not."""
    if not form.is_valid():
        raise NotThisShape(form)
    return form.cleaned_data


def register(api):
    def answer(request, status, message, **more):
        return api.create_response(request, {"message": str(message), "fields": {}} | more, status=status)

    @api.exception_handler(ServiceError)
    def refused(request, error):
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        if field := getattr(error, "field", None):
            return answer(request, status, error.message, fields={field: [str(error.message)]})
        return answer(request, status, error.message, fields=getattr(error, "fields", {}))

    @api.exception_handler(Http404)
    def nothing(request, error):
        return answer(request, 404, _("There is no such thing, or not for this key."))

    @api.exception_handler(ValidationError)
    def not_as_declared(request, error):
        fields = {}
        for problem in error.errors:
            name = ".".join(str(step) for step in problem["loc"][1:] if step != "body")
            fields.setdefault(name, []).append(problem["msg"])
        return answer(request, 400, _("What was sent is not of the shape that is described."), fields=fields)

    @api.exception_handler(Throttled)
    def too_often(request, error):
        response = answer(request, 429, _("This key asks too often. Wait a little."))
        if error.wait:
            response["Retry-After"] = str(max(1, round(error.wait)))
        return response

    @api.exception_handler(HttpError)
    def other(request, error):
        return answer(request, error.status_code, error)
