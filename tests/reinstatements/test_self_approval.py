"""Nobody approves what they have asked for or worked on: seven paths, every role, and superusers."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts.errors import Refused, ServiceError
from accounts.grants import Role
from accounts.models import User
from accounts.services import roles, staff
from reinstatements import services
from reinstatements.facts import case_facts, encode
from reinstatements.models import Approval, Policy, ReinstatementRequest
from reinstatements.services import bulk
from tests import factories


def again(user):
    return User.objects.get(pk=user.pk)


def fresh(case):
    return type(case).objects.select_related("account", "policy").get(pk=case.pk)


def refused_by_service(case, actor):
    for deed in (services.approve, services.decline, services.send_back):
        with pytest.raises(Refused):
            deed(case, actor=again(actor), reason="paid", seen=factories.seen(case), note="Mine.")


def by_page(case, maker, world):
    browser = Browser()
    browser.force_login(maker)
    sent = {"facts": encode(case_facts(fresh(case))), "note": "Mine."}
    reasons = {"approve": "paid", "decline": "not_proven", "send_back": "evidence_unclear"}
    for name, reason in reasons.items():
        answer = browser.post(reverse(f"case_{name}", args=[case.code]), sent | {"reason": reason})
        assert answer.status_code in (403, 404)


def by_bulk(case, maker, world):
    outcome = bulk.try_one(
        "approve", fresh(case), actor=again(maker), seen={str(case.pk): factories.seen(case)}, reason="paid"
    )
    assert outcome != ""


def by_service(case, maker, world):
    refused_by_service(case, maker)


def by_admin(case, maker, world):
    """No page of the admin knows a case or an approval, so none decides one."""
    assert not {ReinstatementRequest, Approval} & set(admin.site._registry)
    browser = Browser()
    browser.force_login(maker)
    for model in ("reinstatementrequest", "approval"):
        for address in (f"/admin/reinstatements/{model}/add/", f"/admin/reinstatements/{model}/{case.pk}/change/"):
            assert browser.post(address, {"status": "approved", "case": str(case.pk)}).status_code in (302, 403, 404)


def by_delegation(case, maker, world):
    """In nobody's place, and nobody in theirs."""
    acme, supervisor = world["acme"], world["supervisor"]
    with suppress(ServiceError):  # who cannot stand in at all
        factories.delegation(acme, again(supervisor), again(maker))
    refused_by_service(case, maker)
    helper = factories.make_user("helper", (acme, "agent"))
    for role in ("supervisor", "compliance"):
        try:
            factories.delegation(acme, again(maker), again(helper), role)
        except ServiceError:
            continue  # who has no such role to give
    refused_by_service(case, helper)


def by_second_login(case, maker, world):
    if Role.ADMINISTRATOR in world["held"] or Role.CONTACT in world["held"]:
        return  # the person cannot have a deciding role beside it
    second = factories.make_user("second_login", (world["acme"], "supervisor"), person=maker.person)
    refused_by_service(case, second)


def after_merge(case, maker, world):
    """Another account is merged into the one of the case."""
    with scope(client=[world["acme"].pk]):
        other = factories.make_account(world["acme"], "A-2002")
    factories.merge(other, case.account, world["clerk"], world["supervisor"])
    refused_by_service(case, maker)


PATHS = (by_page, by_bulk, by_service, by_admin, by_delegation, by_second_login, after_merge)


@pytest.mark.requirement("R58", "R116")
@pytest.mark.parametrize("is_superuser", [False, True])
@pytest.mark.parametrize("role", Role.values)
def test_self_approval_is_refused_on_seven_paths(acme, scoped, supervisor, role, is_superuser):
    policy = Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"bulk_approval": True})
    maker = factories.make_user("maker", (acme, "agent"), is_superuser=is_superuser, is_staff=is_superuser)
    clerk = factories.make_user("clerk", (acme, "agent"))
    case = factories.bring_to(
        factories.suspend(factories.make_account(acme, balance_minor=8420)), "awaiting_approval", maker
    )
    if role != Role.AGENT:
        roles.end(maker, acme, "agent", actor=staff.ensure_system_user())
        roles.grant(maker, acme, role, actor=staff.ensure_system_user())
    world = {"acme": acme, "supervisor": supervisor, "clerk": clerk, "held": {Role(role)}}

    for path in PATHS:
        path(fresh(case), again(maker), world)
        assert fresh(case).status == "awaiting_approval", path
    assert not Approval.objects.filter(case=case).exists()
    # Somebody else does.
    assert timezone.now() - case.opened_at < timedelta(days=1)
    services.approve(fresh(case), actor=again(supervisor), reason="paid", seen=factories.seen(case))
    assert fresh(case).status == "completed"


@pytest.mark.requirement("R41", "R58", "R116")
@pytest.mark.parametrize("part", ["asked for the case", "declined it", "put the appeal down"])
def test_an_appeal_is_decided_by_nobody_who_had_a_part_on_seven_paths(
    acme, scoped, supervisor, second_supervisor, part
):
    policy = Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"bulk_approval": True})
    clerk, maker = (factories.make_user(name, (acme, "agent")) for name in ("clerk", "maker"))
    case = factories.bring_to(
        factories.suspend(factories.make_account(acme, balance_minor=8420)), "awaiting_approval", maker
    )
    decliner = factories.make_user("decliner", (acme, "supervisor"))
    appeal = factories.appeal(factories.decline(case, decliner), clerk)
    who = {"asked for the case": maker, "declined it": decliner, "put the appeal down": clerk}[part]
    if who != decliner:
        roles.end(who, acme, "agent", actor=staff.ensure_system_user())
        roles.grant(who, acme, "supervisor", actor=staff.ensure_system_user())
    world = {"acme": acme, "supervisor": supervisor, "clerk": second_supervisor, "held": {Role.SUPERVISOR}}

    for path in PATHS:
        path(fresh(appeal), again(who), world)
        assert fresh(appeal).status == "awaiting_approval", path
    assert not Approval.objects.filter(case=appeal).exists()
    services.approve(fresh(appeal), actor=again(supervisor), reason="paid", seen=factories.seen(appeal))
    assert fresh(appeal).status == "completed"
