from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("operateur/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("schools.urls")),
    path("", include("imports.urls")),
    path("", include("licences.urls")),
]

handler500 = "edulib_admin.errors.server_error"
