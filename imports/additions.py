"""What imports add to the pages of apps below (schools/hooks.py)."""

from collections.abc import Callable

from django.urls import reverse

from accounts.models import Kind
from schools import hooks
from schools.models import School


def address(name: str) -> Callable[[School], str]:
    return lambda school: reverse(name, args=[school.code])


def add_to_pages() -> None:
    for kind in Kind:
        upload = f"Importer des {kind.label}s", address(f"{kind}_import")
        hooks.actions += [
            hooks.Action(f"{kind}_list", *upload),
            hooks.Action(f"{kind}_list", "Modèle", address(f"{kind}_template")),
            hooks.Action(f"{kind}_list", "Exporter", address(f"{kind}_export"), name="export", keeps_filters=True),
            # Where nobody is there yet.
            hooks.Action(f"{kind}_list_empty", *upload),
        ]
