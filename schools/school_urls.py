"""Pages of the administrator, below /etablissements/<code>/."""

from django.urls import path

from schools.views import classes, groups, pages

urlpatterns = [
    path("reglages/", pages.school_settings, name="school_settings"),
    path("classes/", classes.class_list, name="class_list"),
    path("classes/ajouter/", classes.class_add, name="class_add"),
    path("classes/<int:pk>/", classes.class_detail, name="class_detail"),
    path("classes/<int:pk>/modifier/", classes.class_edit, name="class_edit"),
    path("classes/<int:pk>/supprimer/", classes.class_delete, name="class_delete"),
    path("groupes/", groups.group_list, name="group_list"),
    path("groupes/ajouter/", groups.group_add, name="group_add"),
    path("groupes/<int:pk>/", groups.group_detail, name="group_detail"),
    path("groupes/<int:pk>/modifier/", groups.group_edit, name="group_edit"),
    path("groupes/<int:pk>/supprimer/", groups.group_delete, name="group_delete"),
]
