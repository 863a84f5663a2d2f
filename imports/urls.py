from django.urls import path

from imports.views import detail, export, health, history, template, upload

school = "etablissements/<slug:code>/"

urlpatterns = [
    path(f"{school}eleves/modele/", template.student_template, name="student_template"),
    path(f"{school}eleves/importer/", upload.student_import, name="student_import"),
    path(f"{school}eleves/exporter/", export.student_export, name="student_export"),
    path(f"{school}enseignants/modele/", template.teacher_template, name="teacher_template"),
    path(f"{school}enseignants/importer/", upload.teacher_import, name="teacher_import"),
    path(f"{school}enseignants/exporter/", export.teacher_export, name="teacher_export"),
    path(f"{school}imports/", history.import_list, name="import_list"),
    path(f"{school}imports/<uuid:pk>/", detail.import_detail, name="import_detail"),
    path(f"{school}imports/<uuid:pk>/importer/", detail.import_confirm, name="import_confirm"),
    path("sante/", health.health, name="health"),
]
