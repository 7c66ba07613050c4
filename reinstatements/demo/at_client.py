"""What Nordtel decides itself: corrected data is approved there too, by Greta who signs in or Petra who does not."""

from datetime import timedelta

from django.utils import timezone

from accounts.services import delegations, outside
from reinstatements import policies, rules, services
from reinstatements.demo.cases import Scene, seen
from reinstatements.models import ReinstatementRequest
from reinstatements.services import external, objecting

KIND = "customer_data"
LEVELS = [{"role": "supervisor", "count": 1}, {"role": "contact", "count": 1}]
NOTE = "Nordtel wants to see for itself what was corrected, after a complaint about a letter to a wrong address."
DISPUTED = "Our billing shows another payment than the case does. We look into it and let you know today."
COMMENT = "She has called our own hotline as well; the recording is with us, ask for it."
URGENT = "She cares for her mother and cannot be reached by the nurse."
PETRA = {"name": "Petra Lang", "email": "petra.lang@nordtel.example", "language": "de"}
FOR_CLARA = "The receipt and the amount agree. Clara is at the conference until the day after tomorrow."
WAITING = Scene("data", "ben", "second_level", 0.9, by="clara")


def begin(client, cast, desk, stopped):
    """Put the policy in force that asks the client, and bring one case to where it waits there; Petra has a link."""
    account = without_case(stopped.get("data", ()))
    if account is None:
        return 0
    rules = policies.in_force(client.pk, KIND).rules | {"levels": LEVELS}
    proposed = services.propose(client, KIND, rules, actor=cast["hugo"], note=NOTE)
    services.put_in_force(proposed, actor=cast["elif"])
    petra = outside.name_approver(client, actor=cast["hugo"], **PETRA)
    desk.play(WAITING, account, "data", about="")
    case = ReinstatementRequest.objects.select_related("account", "policy").get(account=account)
    external.invite(case, petra, actor=cast["clara"])
    stand_in(client, cast["clara"], cast["elif"])
    object_to(client, cast["greta"])
    decide_for(client, cast["elif"])
    return 1


def stand_in(client, clara, elif_):
    """Clara is at a conference for three days; Elif decides for her."""
    now = timezone.now()
    delegations.delegate(client, "supervisor", elif_, actor=clara, starts_at=now, ends_at=now + timedelta(days=3))


def object_to(client, greta):
    """Greta pauses a case, and has one climb that she has commented on."""
    waiting = ReinstatementRequest.objects.filter(client=client, status="awaiting_approval", level_role="supervisor")
    paused, urgent = waiting.select_related("account", "policy").order_by("-due_at", "id")[:2]
    objecting.pause(paused, actor=greta, reason="facts_disputed", note=DISPUTED)
    objecting.comment(urgent, actor=greta, note=COMMENT)
    objecting.escalate(urgent, actor=greta, reason="harm_to_member", note=URGENT)


def decide_for(client, elif_):
    """Elif decides in Clara's place what has the most time left, and the record names both."""
    waiting = ReinstatementRequest.objects.filter(client=client, status="awaiting_approval", level_role="supervisor")
    open_to_her = (
        case
        for case in waiting.filter(kind="payment").select_related("account", "policy").order_by("-due_at", "id")
        if rules.can_decide(case, elif_)
    )
    if case := next(open_to_her, None):
        services.approve(case, actor=elif_, reason="paid", seen=seen(case), note=FOR_CLARA)


def without_case(pairs):
    """Return the first account that was stopped well before somebody asks, and that nobody has asked for."""
    accounts = [account for stop, account in pairs if stop.hours > WAITING.hours + 6]
    taken = set(ReinstatementRequest.objects.filter(account__in=accounts).values_list("account", flat=True))
    return next((account for account in accounts if account.pk not in taken), None)
