"""Addresses of the pages."""

from django.urls import path

from townworks.web.views import accounts, cases, data, discovery, enterprise, office, public
from townworks.web.views import town_office as town

handler404 = "townworks.web.views.faults.not_found"
handler403 = "townworks.web.views.faults.forbidden"
handler400 = "townworks.web.views.faults.bad_request"
handler500 = "townworks.web.views.faults.our_fault"

urlpatterns = [
    path("", public.programme, name="programme"),
    path("charts/<slug:name>.json", public.programme_chart, name="programme_chart"),
    path("charts.js", data.bundle, name="charts_bundle"),
    path("basemap.geojson", data.basemap, name="basemap"),
    path("towns.geojson", public.towns_geojson, name="towns_geojson"),
    path("towns/", public.towns, name="towns"),
    path("towns/<slug:town_id>/", public.town, name="town"),
    path("towns/<slug:town_id>/charts/<slug:name>.json", public.town_chart, name="town_chart"),
    path("towns/<slug:town_id>/admissions/new/", town.new_admission, name="new_admission"),
    path("towns/<slug:town_id>/premises/new/", town.new_premises, name="new_premises"),
    path("towns/<slug:town_id>/projects/new/", town.new_project, name="new_project"),
    path("towns/<slug:town_id>/figures/new/", town.new_figure, name="new_figure"),
    path("towns/<slug:town_id>/boundary/new/", town.new_boundary, name="new_boundary"),
    path("towns/<slug:town_id>/status/new/", office.new_status_act, name="new_status_act"),
    path("projects/<int:project_id>/", public.project, name="project"),
    path("projects/<int:project_id>/investment/new/", town.new_investment, name="new_investment"),
    path("admissions/<int:number>/room/", town.new_occupancy, name="new_occupancy"),
    path("admissions/<int:number>/apply/", enterprise.apply, name="apply"),
    path("facts/<slug:kind>/<int:number>/verify/", town.verify_fact, name="verify_fact"),
    path("facts/<slug:kind>/<int:number>/correct/", town.correct_fact, name="correct_fact"),
    path("decisions/", public.decisions, name="decisions"),
    path("discovery.geojson", discovery.discovery_geojson, name="discovery_geojson"),
    path("discovery/<slug:level>/", discovery.discovery, name="discovery"),
    path("finder/", enterprise.finder, name="finder"),
    path("enterprises/", enterprise.enterprises, name="enterprises"),
    path("enterprises/lookup/", enterprise.lookup, name="lookup"),
    path("enterprises/<slug:credit_code>/", enterprise.enterprise, name="enterprise"),
    path(
        "enterprises/<slug:credit_code>/<slug:town_id>/partnerships/new/",
        town.new_partnership,
        name="new_partnership",
    ),
    path(
        "enterprises/<slug:credit_code>/<slug:town_id>/contracts/new/",
        town.new_contract,
        name="new_contract",
    ),
    path("inbox/", office.inbox, name="inbox"),
    path("applications/", office.applications, name="applications"),
    path("applications/new/", office.new_application, name="new_application"),
    path("assessments/", office.assessments, name="assessments"),
    path("assessments/new/", office.new_round, name="new_round"),
    path("budget/", office.budget, name="budget"),
    path("budget/new/", office.new_line, name="new_line"),
    path("events/", office.events, name="events"),
    path("cases/<slug:kind>/<int:number>/", cases.case, name="case"),
    path("cases/<slug:kind>/<int:number>/files/new/", cases.upload, name="upload"),
    path("cases/<slug:kind>/<int:number>/object/", cases.new_objection, name="new_objection"),
    path("cases/<slug:kind>/<int:number>/<slug:step_id>/", cases.step, name="step"),
    path("evidence/<int:number>/", cases.evidence, name="evidence"),
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path("second-factor/", accounts.second_factor, name="second_factor"),
    path("second-factor/new/", accounts.enrol, name="enrol"),
    path("second-factor/code.svg", accounts.qr, name="qr"),
    path("account/", accounts.own_account, name="own_account"),
    path("account/password/", accounts.password, name="password"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.new_account, name="new_account"),
    path("accounts/<int:account_id>/switch/", accounts.switch_account, name="switch_account"),
    path("language/", accounts.set_language, name="language"),
    path("calendar/", accounts.calendar, name="calendar"),
]
