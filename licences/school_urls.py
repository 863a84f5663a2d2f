"""Pages of the administrator, below /etablissements/<code>/licences/."""

from django.urls import path

from licences.views import licence_detail, licence_list, licence_rules, licence_seats, person_licences, use_report

urlpatterns = [
    path("", licence_list.licence_list, name="licence_list"),
    path("rapport/", use_report.use_report, name="use_report"),
    path("rapport/exporter/", use_report.use_report_export, name="use_report_export"),
    path("personnes/<int:pk>/", person_licences.person_licences, name="person_licences"),
    path("classes/<int:pk>/", person_licences.class_licences, name="class_licences"),
    path("<int:pk>/", licence_detail.licence_detail, name="licence_detail"),
    path("<int:pk>/affecter/", licence_seats.licence_assign, name="licence_assign"),
    path("<int:pk>/retirer/", licence_seats.licence_take_back, name="licence_take_back"),
    path("<int:pk>/tout-retirer/", licence_seats.licence_take_back_all, name="licence_take_back_all"),
    path("<int:pk>/regles/", licence_rules.licence_rules, name="licence_rules"),
    path("<int:pk>/regles/<int:rule_pk>/supprimer/", licence_rules.licence_rule_remove, name="licence_rule_remove"),
    path("<int:pk>/usages/", use_report.licence_use, name="licence_use"),
    path("<int:pk>/usages/exporter/", use_report.licence_use_export, name="licence_use_export"),
]
