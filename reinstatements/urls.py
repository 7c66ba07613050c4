from django.urls import path

from reinstatements.views import external, files, objecting
from reinstatements.views.appeal import appeal
from reinstatements.views.bulk import case_bulk, case_bulk_result
from reinstatements.views.calls import prove_identity
from reinstatements.views.case import case
from reinstatements.views.clock import breach_list, clock_list, clock_settings_edit, priority
from reinstatements.views.confirming import ask_again, confirm, not_confirmed, reconsider
from reinstatements.views.decide import approve, decline, reverse_case, review, send_back
from reinstatements.views.decision_times import decision_times
from reinstatements.views.decisions import decisions
from reinstatements.views.evidence import case_evidence
from reinstatements.views.handling import (
    answer,
    ask_member,
    assign,
    claim,
    correct,
    next_case,
    note,
    release,
    skip,
    take_over,
)
from reinstatements.views.opening import case_open, membership_case_open
from reinstatements.views.past import past_request, separation, times
from reinstatements.views.policies import (
    policy_change,
    policy_detail,
    policy_list,
    policy_preview,
    policy_put_in_force,
    policy_turn_down,
)
from reinstatements.views.queue import definition_remove, definition_save, queue
from reinstatements.views.sent_back import sent_back
from reinstatements.views.team import absence, absence_end, skills, team
from reinstatements.views.waivers import waiver_list
from reinstatements.views.work import check, check_reopen, send, start, submit, waiver_ask, waiver_decide, withdraw

urlpatterns = [
    path("", queue, name="queue"),
    path("open/<uuid:account_pk>/", case_open, name="case_open"),
    path("open/membership/<uuid:membership_pk>/", membership_case_open, name="membership_case_open"),
    path("decisions/", decisions, name="decisions"),
    path("times/", decision_times, name="decision_times"),
    path("waivers/", waiver_list, name="waiver_list"),
    path("policies/", policy_list, name="policy_list"),
    path("policies/<uuid:pk>/", policy_detail, name="policy"),
    path("policies/<uuid:pk>/change/", policy_change, name="policy_change"),
    path("policies/<uuid:pk>/try/", policy_preview, name="policy_preview"),
    path("policies/<uuid:pk>/put-in-force/", policy_put_in_force, name="policy_put_in_force"),
    path("policies/<uuid:pk>/turn-down/", policy_turn_down, name="policy_turn_down"),
    path("next/", next_case, name="next_case"),
    path("sent-back/", sent_back, name="sent_back"),
    path("bulk/", case_bulk, name="case_bulk"),
    path("bulk/<uuid:pk>/", case_bulk_result, name="case_bulk_result"),
    path("queues/", definition_save, name="queue_save"),
    path("queues/<uuid:pk>/remove/", definition_remove, name="queue_remove"),
    path("team/", team, name="team"),
    path("team/<uuid:pk>/away/", absence, name="team_absence"),
    path("team/away/<uuid:pk>/end/", absence_end, name="team_absence_end"),
    path("team/<uuid:client_pk>/<uuid:user_pk>/skills/", skills, name="skills"),
    path("breaches/", breach_list, name="breach_list"),
    path("past/", separation, name="past_separation"),
    path("past/times/", times, name="past_times"),
    path("past/<int:pk>/", past_request, name="past_request"),
    path("working-time/", clock_list, name="clock_list"),
    path("working-time/<slug:code>/", clock_settings_edit, name="clock_settings"),
    path("external/<str:link>/", external.page, name="external"),
    path("external/<str:link>/code/", external.send_code, name="external_code"),
    path("external/<str:link>/check/", external.check_code, name="external_check"),
    path("external/<str:link>/decide/", external.decide, name="external_decide"),
    path("<slug:code>/", case, name="case"),
    path("<slug:code>/evidence.pdf", case_evidence, name="case_evidence"),
    path("<slug:code>/submit/", submit, name="case_submit"),
    path("<slug:code>/start/", start, name="case_start"),
    path("<slug:code>/claim/", claim, name="case_claim"),
    path("<slug:code>/release/", release, name="case_release"),
    path("<slug:code>/take-over/", take_over, name="case_take_over"),
    path("<slug:code>/assign/", assign, name="case_assign"),
    path("<slug:code>/skip/", skip, name="case_skip"),
    path("<slug:code>/ask-member/", ask_member, name="case_ask_member"),
    path("<slug:code>/answer/", answer, name="case_answer"),
    path("<slug:code>/files/", files.add, name="case_files"),
    path("<slug:code>/files/<uuid:pk>/", files.opened, name="case_file"),
    path("<slug:code>/files/<uuid:pk>/remove/", files.remove, name="case_file_remove"),
    path("<slug:code>/note/", note, name="case_note"),
    path("<slug:code>/correct/", correct, name="case_correct"),
    path("<slug:code>/checks/<slug:check_code>/", check, name="case_check"),
    path("<slug:code>/checks/<slug:check_code>/reopen/", check_reopen, name="case_check_reopen"),
    path("<slug:code>/checks/<slug:check_code>/waiver/", waiver_ask, name="case_waiver"),
    path("<slug:code>/checks/<slug:check_code>/waive/", waiver_decide, name="case_waive"),
    path("<slug:code>/identity/<uuid:call_pk>/", prove_identity, name="case_prove_identity"),
    path("<slug:code>/send/", send, name="case_send"),
    path("<slug:code>/priority/", priority, name="case_priority"),
    path("<slug:code>/client/comment/", objecting.comment, name="case_client_comment"),
    path("<slug:code>/client/pause/", objecting.pause, name="case_client_pause"),
    path("<slug:code>/client/lift/", objecting.lift, name="case_client_lift"),
    path("<slug:code>/client/escalate/", objecting.escalate, name="case_client_escalate"),
    path("<slug:code>/ask-client/", external.invite, name="case_ask_client"),
    path("<slug:code>/approve/", approve, name="case_approve"),
    path("<slug:code>/decline/", decline, name="case_decline"),
    path("<slug:code>/send-back/", send_back, name="case_send_back"),
    path("<slug:code>/confirm/", confirm, name="case_confirm"),
    path("<slug:code>/not-confirmed/", not_confirmed, name="case_not_confirmed"),
    path("<slug:code>/ask-system/", ask_again, name="case_ask_system"),
    path("<slug:code>/reconsider/", reconsider, name="case_reconsider"),
    path("<slug:code>/review/", review, name="case_review"),
    path("<slug:code>/reverse/", reverse_case, name="case_reverse"),
    path("<slug:code>/appeal/", appeal, name="case_appeal"),
    path("<slug:code>/withdraw/", withdraw, name="case_withdraw"),
]
