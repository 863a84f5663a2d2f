from django.urls import path

from imports.views import health

urlpatterns = [
    path("sante/", health.health, name="health"),
]
