"""Pages of the administrator, below /etablissements/<code>/: students and teachers share their views.

The address tells which of the two it is.
"""

from django.urls import URLPattern, path

from accounts.models import Kind
from accounts.views import people, selection


def pages(folder: str, kind: Kind) -> list[URLPattern]:
    base, only = f"{folder}/", {"kind": kind.value}
    return [
        path(base, people.person_list, only, name=f"{kind}_list"),
        path(f"{base}ajouter/", people.person_add, only, name=f"{kind}_add"),
        path(f"{base}selection/", selection.person_selection, only, name=f"{kind}_selection"),
        path(f"{base}<int:pk>/", people.person_detail, only, name=f"{kind}_detail"),
        path(f"{base}<int:pk>/modifier/", people.person_edit, only, name=f"{kind}_edit"),
        path(f"{base}<int:pk>/supprimer/", people.person_delete, only, name=f"{kind}_delete"),
        path(f"{base}<int:pk>/mot-de-passe/", people.person_password, only, name=f"{kind}_password"),
        path(f"{base}<int:pk>/reinitialiser/", people.person_reset_password, only, name=f"{kind}_reset_password"),
    ]


urlpatterns = pages("eleves", Kind.STUDENT) + pages("enseignants", Kind.TEACHER)
