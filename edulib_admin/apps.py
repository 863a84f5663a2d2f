from django.apps import AppConfig


class EdulibAdminConfig(AppConfig):
    name = "edulib_admin"
    verbose_name = "Edulib administration"
