from django.urls import path

from schools.views import classes, groups, pages

school = "etablissements/<slug:code>/"

urlpatterns = [
    path("etablissements/", pages.school_list, name="school_list"),
    path(school, pages.school_dashboard, name="school_dashboard"),
    path(f"{school}reglages/", pages.school_settings, name="school_settings"),
    path(f"{school}classes/", classes.class_list, name="class_list"),
    path(f"{school}classes/ajouter/", classes.class_add, name="class_add"),
    path(f"{school}classes/<int:pk>/", classes.class_detail, name="class_detail"),
    path(f"{school}classes/<int:pk>/modifier/", classes.class_edit, name="class_edit"),
    path(f"{school}classes/<int:pk>/supprimer/", classes.class_delete, name="class_delete"),
    path(f"{school}groupes/", groups.group_list, name="group_list"),
    path(f"{school}groupes/ajouter/", groups.group_add, name="group_add"),
    path(f"{school}groupes/<int:pk>/", groups.group_detail, name="group_detail"),
    path(f"{school}groupes/<int:pk>/modifier/", groups.group_edit, name="group_edit"),
    path(f"{school}groupes/<int:pk>/supprimer/", groups.group_delete, name="group_delete"),
]
