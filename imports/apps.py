from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = "Importations"

    def ready(self) -> None:
        from django.core.files.storage import storages

        from imports import additions

        additions.add_to_pages()
        try:
            storages["default"]
        except Exception as error:  # Whatever the chosen class says of its options.
            raise ImproperlyConfigured(
                "UPLOAD_STORAGE, UPLOAD_STORAGE_OPTIONS : ce stockage ne peut pas être ouvert "
                f"({type(error).__name__}). Rien n'a été démarré."
            ) from error
