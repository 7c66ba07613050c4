"""What customers asked about their account: those that wait for an answer, those of one account, and answering."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import paging, reasons, rules
from accounts.errors import Invalid, Refused
from accounts.forms import AnswerForm, QueryForm
from accounts.models import CustomerQuery, ReasonCode
from accounts.services import drafts, words
from accounts.services import queries as service
from accounts.services import reveal as looking
from accounts.views.accounts import seen_account
from accounts.views.allowed import clients_or_404

SHOWN = 50


@require_safe
def query_list(request):
    """List what customers asked and nobody has answered yet, the oldest first."""
    clients = clients_or_404(request.user, "see")
    waiting = CustomerQuery.objects.for_user(request.user).open().select_related("client", "account")
    page = paging.page(request, waiting, ("asked_at", "id"), ascending=True)
    labels = reasons.labels_for([client.pk for client in clients])
    rows = [(query, reasons.label(query.client_id, query.topic, labels)) for query in page.rows]
    return render(request, "accounts/query_list.html", {"rows": rows, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def account_queries(request, pk):
    """Show what a customer asked and was answered, and take down what they ask now."""
    account = seen_account(request, pk)
    may_work = rules.can_work(account, request.user) and not account.erased_at
    if request.method == "POST" and not may_work:
        raise Refused(_("You do not work this client's accounts."))
    looking.opened(account, user=request.user)
    key = f"query:{account.pk}"
    form = QueryForm(
        request.POST if request.method == "POST" else None,
        topics=reasons.choices(account.client_id, ReasonCode.Use.QUERY),
        initial=drafts.load(request.user, account, key) if may_work else {},
    )
    if form.is_valid():
        try:
            service.ask(account, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            drafts.discard(request.user, account, key)
            messages.success(request, _("Kept on the account's timeline."))
            return redirect("account_queries", pk=account.pk)
    found = list(CustomerQuery.objects.filter(account=account)[: SHOWN + 1])
    context = {
        "account": account,
        "form": form if may_work else None,
        "form_key": key,
        "rows": told(account, request.user, found[:SHOWN]),
        "has_more": len(found) > SHOWN,
    }
    response = render(request, "accounts/queries.html", context, status=400 if form.errors else 200)
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def query_detail(request, pk, query_pk):
    """Show one query, and take down what the customer was answered."""
    account = seen_account(request, pk)
    query = get_object_or_404(CustomerQuery.objects.for_user(request.user), pk=query_pk, account=account)
    may_work = rules.can_work(account, request.user) and not account.erased_at
    if request.method == "POST" and not may_work:
        raise Refused(_("You do not work this client's accounts."))
    looking.opened(account, user=request.user)
    key = f"answer:{query.pk}"
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        initial=drafts.load(request.user, account, key) if may_work else {},
    )
    if form.is_valid():
        service.answer(query, actor=request.user, **form.cleaned_data)
        drafts.discard(request.user, account, key)
        messages.success(request, _("Kept on the account's timeline."))
        return redirect("account_queries", pk=account.pk)
    context = {
        "account": account,
        "row": told(account, request.user, [query])[0],
        "form": form if may_work and not query.answered_entry else None,
        "form_key": key,
    }
    response = render(request, "accounts/query.html", context, status=400 if form.errors else 200)
    add_never_cache_headers(response)
    return response


def told(account, user, found):
    """Return each query with its topic, question and answer, the words withheld from whoever may not read them."""
    entries = [uid for query in found for uid in (query.asked_entry, query.answered_entry) if uid]
    written = words.read(account, entries) if rules.can_read_words(account, user) else {}
    labels = reasons.labels_for([account.client_id])
    missing = _("words erased") if account.erased_at else _("words withheld")
    return [
        {
            "query": query,
            "topic": reasons.label(query.client_id, query.topic, labels),
            "question": written.get((query.asked_entry, "note"), missing),
            "answer": written.get((query.answered_entry, "note"), missing) if query.answered_entry else "",
        }
        for query in found
    ]
