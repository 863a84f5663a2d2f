from django.urls import path

from licences.views import readers

urlpatterns = [
    path("mes-manuels/", readers.my_textbooks, name="my_textbooks"),
    path("mes-manuels/<int:pk>/ouvrir/", readers.textbook_open, name="textbook_open"),
]
