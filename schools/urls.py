from django.urls import path

from schools.views import pages

urlpatterns = [
    path("etablissements/", pages.school_list, name="school_list"),
]
