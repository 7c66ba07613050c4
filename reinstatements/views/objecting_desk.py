"""What the client's contact may do with an open case, with the forms for it."""

from functools import cached_property

from reinstatements import desk_reasons
from reinstatements.forms_desk import ClientWhyForm, CommentForm, LiftForm
from reinstatements.views.desk import Desk

FORMS = {
    "client_comment": (CommentForm, {}),
    "client_pause": (ClientWhyForm, {"reasons": desk_reasons.PAUSE}),
    "client_lift": (LiftForm, {}),
    "client_escalate": (ClientWhyForm, {"reasons": desk_reasons.ESCALATE}),
}


def form_of(name, data=None):
    form, kwargs = FORMS[name]
    return form(data, auto_id=f"{name}_%s", **kwargs)


class ObjectingDesk(Desk):
    def own_form(self, name):
        return self.page.bound.get(name) or form_of(name)

    @cached_property
    def comment_form(self):
        return self.own_form("client_comment")

    @cached_property
    def pause_form(self):
        return self.own_form("client_pause")

    @cached_property
    def lift_form(self):
        return self.own_form("client_lift")

    @cached_property
    def escalate_form(self):
        return self.own_form("client_escalate")
