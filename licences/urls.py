from django.urls import include, path

from licences.views import readers

urlpatterns = [
    path("mes-manuels/", readers.my_textbooks, name="my_textbooks"),
    path("mes-manuels/<int:pk>/ouvrir/", readers.textbook_open, name="textbook_open"),
    path("etablissements/<slug:code>/licences/", include("licences.school_urls")),
]
