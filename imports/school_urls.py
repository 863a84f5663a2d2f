"""Pages of the administrator, below /etablissements/<code>/."""

from django.urls import path

from imports.views import detail, export, history, template, upload

urlpatterns = [
    path("eleves/modele/", template.student_template, name="student_template"),
    path("eleves/importer/", upload.student_import, name="student_import"),
    path("eleves/exporter/", export.student_export, name="student_export"),
    path("enseignants/modele/", template.teacher_template, name="teacher_template"),
    path("enseignants/importer/", upload.teacher_import, name="teacher_import"),
    path("enseignants/exporter/", export.teacher_export, name="teacher_export"),
    path("imports/", history.import_list, name="import_list"),
    path("imports/<uuid:pk>/", detail.import_detail, name="import_detail"),
    path("imports/<uuid:pk>/importer/", detail.import_confirm, name="import_confirm"),
]
