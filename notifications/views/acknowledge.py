"""Where linked systems answer. The signature is all that lets them in: no login, no cookie, no form."""

import structlog
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import OperationalError
from django.http import JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_scopes import scope

from accounts.errors import Invalid, ServiceError
from notifications.models import Acknowledgement
from notifications.services import acknowledging

MOST_BYTES = 16 * 1024
MOST_A_MINUTE = 600
"""For one system from one address, in each process of the web server."""

log = structlog.get_logger(__name__)


@csrf_exempt
@login_not_required
@never_cache
@require_POST
def linked_acknowledge(request, pk):
    """Take a linked system's answer: 200 taken, or taken before; 409 where nothing waits for it; never a page."""
    if is_too_often(request, pk):
        return say(429, "Too many answers in a minute.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:10]) > MOST_BYTES:
        return say(413, f"An answer has {MOST_BYTES} bytes at the most.")
    system = acknowledging.find(pk)
    if system is None:
        return say(404, "There is no such linked system.")
    try:
        with scope(client=[system.client_id]):
            body = request.body
            acknowledging.require_signed(system, body, request.headers)
            return answered(acknowledging.take(system, body, request.headers.get("webhook-id", "")))
    except UnreadablePostError:
        return say(400, "The body broke off.")
    except acknowledging.Unsigned:
        return say(403, "The signature is not one of this system's, or its time is not within five minutes of now.")
    except acknowledging.Unknown:
        return say(404, "This system was sent no such message.")
    except Invalid as error:
        return say(400, error.message)
    except ServiceError as error:
        return say(409, error.message)
    except OperationalError as error:
        log.warning("answer_not_taken", system=str(pk), exc_info=error)
        return say(503, "Try again in a moment.")


def answered(kept):
    if kept.result == Acknowledgement.Result.TAKEN:
        return JsonResponse({"result": "taken"})
    return JsonResponse({"result": "changed", "error": "Something changed since; people look at it."}, status=409)


def say(status, error):
    return JsonResponse({"error": str(error)}, status=status)


def is_too_often(request, pk):
    minute = int(timezone.now().timestamp()) // 60
    name = f"acknowledge:{pk}:{request.META.get('REMOTE_ADDR', '')}:{minute}"
    cache.add(name, 0, timeout=120)
    try:
        return cache.incr(name) > MOST_A_MINUTE
    except ValueError:
        return False
