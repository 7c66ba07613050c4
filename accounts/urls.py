from django.urls import path

from accounts.views.access import access
from accounts.views.account_deeds import account_deed, review_guideline
from accounts.views.account_lists import account_bulk, account_bulk_result, account_view_remove, account_view_save
from accounts.views.account_record import account_adjustments, account_reactivations
from accounts.views.accounts import account_detail, account_list, account_reveal
from accounts.views.api_keys import api_key_end, api_keys
from accounts.views.assets import account_assets
from accounts.views.calls import (
    account_attempt,
    account_call,
    call,
    call_back_list,
    representative_add,
    representative_end,
)
from accounts.views.contacts import account_contact
from accounts.views.delegations import delegation_end, delegations
from accounts.views.differences import difference_list
from accounts.views.drafts import account_draft
from accounts.views.endings import ending, ending_confirm, ending_decline, ending_list
from accounts.views.export_runs import export_run, export_run_cancel, export_run_file
from accounts.views.exports import export, exports
from accounts.views.home import home
from accounts.views.imports import (
    import_cancel,
    import_list,
    import_new,
    import_problems,
    import_progress,
    import_run,
    mapping_remove,
)
from accounts.views.log import log, log_entry
from accounts.views.membership_figures import membership_figures_page
from accounts.views.membership_lists import membership_list
from accounts.views.memberships import membership_add, membership_deed, membership_detail, membership_withdraw
from accounts.views.merges import (
    account_absorbed,
    account_merge,
    merge,
    merge_confirm,
    merge_decline,
    merge_list,
    merge_undo,
)
from accounts.views.offers import offer_list, offer_redeem
from accounts.views.outside import approver_name
from accounts.views.payments import account_payments, charge_write_off
from accounts.views.queries import account_queries, query_detail, query_list
from accounts.views.search import search
from accounts.views.shifts import absence_end, staff_away, staff_hours
from accounts.views.signals import signal_detail, signal_list
from accounts.views.staff import role_end, role_grant, staff
from accounts.views.training import training, training_end, training_list

urlpatterns = [
    # Home, search and accounts
    path("", home, name="home"),
    path("search/", search, name="search"),
    path("accounts/", account_list, name="account_list"),
    path("accounts/bulk/", account_bulk, name="account_bulk"),
    path("accounts/bulk/<uuid:pk>/", account_bulk_result, name="account_bulk_result"),
    path("accounts/views/", account_view_save, name="account_view_save"),
    path("accounts/views/<uuid:pk>/remove/", account_view_remove, name="account_view_remove"),
    path("accounts/<uuid:pk>/", account_detail, name="account"),
    path("accounts/<uuid:pk>/reveal/", account_reveal, name="account_reveal"),
    path("accounts/<uuid:pk>/contact/", account_contact, name="account_contact"),
    path("call/", call, name="call"),
    path("call-backs/", call_back_list, name="call_back_list"),
    path("accounts/<uuid:pk>/call/", account_call, name="account_call"),
    path("accounts/<uuid:pk>/call/attempt/", account_attempt, name="account_attempt"),
    path("accounts/<uuid:pk>/representatives/", representative_add, name="representative_add"),
    path(
        "accounts/<uuid:pk>/representatives/<uuid:representative_pk>/end/",
        representative_end,
        name="representative_end",
    ),
    path("accounts/<uuid:pk>/queries/", account_queries, name="account_queries"),
    path("accounts/<uuid:pk>/queries/<uuid:query_pk>/", query_detail, name="query"),
    path("accounts/<uuid:pk>/adjustments/", account_adjustments, name="account_adjustments"),
    path("accounts/<uuid:pk>/reactivations/", account_reactivations, name="account_reactivations"),
    path("training/", training_list, name="training_list"),
    path("training/<uuid:client_pk>/<uuid:person_pk>/", training, name="training"),
    path("training/<uuid:pk>/end/", training_end, name="training_end"),
    path("accounts/<uuid:pk>/assets/", account_assets, name="account_assets"),
    path("queries/", query_list, name="query_list"),
    path("accounts/<uuid:pk>/payments/", account_payments, name="account_payments"),
    path("accounts/<uuid:pk>/charges/<uuid:charge_pk>/write-off/", charge_write_off, name="charge_write_off"),
    path("accounts/<uuid:pk>/do/<slug:deed>/", account_deed, name="account_deed"),
    path("accounts/<uuid:pk>/guidelines/<int:position>/", review_guideline, name="review_guideline"),
    path("accounts/<uuid:pk>/draft/", account_draft, name="account_draft"),
    # Merges
    path("accounts/<uuid:pk>/merge/", account_merge, name="account_merge"),
    path("accounts/<uuid:pk>/absorbed/", account_absorbed, name="account_absorbed"),
    path("merges/", merge_list, name="merge_list"),
    path("merges/<uuid:pk>/", merge, name="merge"),
    path("merges/<uuid:pk>/confirm/", merge_confirm, name="merge_confirm"),
    path("merges/<uuid:pk>/decline/", merge_decline, name="merge_decline"),
    path("merges/<uuid:pk>/undo/", merge_undo, name="merge_undo"),
    # Closings and cancellations that need two people
    path("endings/", ending_list, name="ending_list"),
    path("endings/<uuid:pk>/", ending, name="ending"),
    path("endings/<uuid:pk>/confirm/", ending_confirm, name="ending_confirm"),
    path("endings/<uuid:pk>/decline/", ending_decline, name="ending_decline"),
    # Memberships
    path("accounts/<uuid:pk>/memberships/add/", membership_add, name="membership_add"),
    path("memberships/", membership_list, name="membership_list"),
    path("memberships/figures/", membership_figures_page, name="membership_figures"),
    path("differences/", difference_list, name="difference_list"),
    path("memberships/offers/", offer_list, name="offer_list"),
    path("memberships/<uuid:pk>/redeem-offer/", offer_redeem, name="offer_redeem"),
    path("memberships/<uuid:pk>/", membership_detail, name="membership"),
    path("memberships/<uuid:pk>/scheduled/<uuid:change_pk>/withdraw/", membership_withdraw, name="membership_withdraw"),
    path("memberships/<uuid:pk>/<slug:deed>/", membership_deed, name="membership_deed"),
    # The record: log, exports, access
    path("log/", log, name="log"),
    path("log/exports/", exports, name="exports"),
    path("log/exports/<uuid:pk>/", export_run, name="export_run"),
    path("log/exports/<uuid:pk>/file/", export_run_file, name="export_run_file"),
    path("log/exports/<uuid:pk>/cancel/", export_run_cancel, name="export_run_cancel"),
    path("log/exports/<slug:code>/", export, name="export"),
    path("log/<uuid:uid>/", log_entry, name="log_entry"),
    path("access/", access, name="access"),
    # Signals
    path("signals/", signal_list, name="signal_list"),
    path("signals/<uuid:pk>/", signal_detail, name="signal"),
    # Imports
    path("imports/", import_list, name="import_list"),
    path("imports/new/", import_new, name="import_new"),
    path("imports/mappings/<uuid:pk>/remove/", mapping_remove, name="mapping_remove"),
    path("imports/<uuid:pk>/", import_run, name="import"),
    path("imports/<uuid:pk>/progress/", import_progress, name="import_progress"),
    path("imports/<uuid:pk>/problems.csv", import_problems, name="import_problems"),
    path("imports/<uuid:pk>/cancel/", import_cancel, name="import_cancel"),
    # Staff and roles
    path("staff/", staff, name="staff"),
    path("staff/grant/", role_grant, name="role_grant"),
    path("api-keys/", api_keys, name="api_keys"),
    path("api-keys/<uuid:pk>/end/", api_key_end, name="api_key_end"),
    path("standing-in/", delegations, name="delegations"),
    path("standing-in/<uuid:pk>/end/", delegation_end, name="delegation_end"),
    path("staff/approver/", approver_name, name="approver_name"),
    path("staff/<int:pk>/end/", role_end, name="role_end"),
    path("staff/<uuid:pk>/hours/", staff_hours, name="staff_hours"),
    path("staff/<uuid:pk>/away/", staff_away, name="staff_away"),
    path("staff/absences/<uuid:pk>/end/", absence_end, name="absence_end"),
]
