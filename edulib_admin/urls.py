from django.contrib import admin
from django.urls import include, path

pages_of_a_school = [
    path("", include("schools.school_urls")),
    path("", include("accounts.school_urls")),
    path("", include("imports.school_urls")),
    path("licences/", include("licences.school_urls")),
]

urlpatterns = [
    path("operateur/", admin.site.urls),
    path("etablissements/<slug:code>/", include(pages_of_a_school)),
    path("", include("accounts.urls")),
    path("", include("schools.urls")),
    path("", include("imports.urls")),
    path("", include("licences.urls")),
]

handler500 = "edulib_admin.errors.server_error"
