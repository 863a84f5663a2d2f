from django.contrib import admin
from django.urls import include, path

from edulib_admin.views import dashboard, health, help, home, search

pages_of_a_school = [
    path("", dashboard.school_dashboard, name="school_dashboard"),
    path("recherche/", search.school_search, name="school_search"),
    path("", include("schools.school_urls")),
    path("", include("accounts.school_urls")),
    path("", include("imports.school_urls")),
    path("licences/", include("licences.school_urls")),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("sante/", health.health, name="health"),
    path("aide/", help.help_page, name="help"),
    path("accessibilite/", help.accessibility, name="accessibility"),
    path("operateur/", admin.site.urls),
    path("etablissements/<slug:code>/", include(pages_of_a_school)),
    path("", include("accounts.urls")),
    path("", include("schools.urls")),
    path("", include("licences.urls")),
]

handler500 = "edulib_admin.errors.server_error"
