"""The documents say what the code does: variables, commands and pictures."""

import re

from django.conf import settings
from django.core.management import get_commands

ROOT = settings.BASE_DIR


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_lists_every_variable_of_the_settings():
    source = read("edulib_admin/settings.py")
    variables = set(re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', source))
    assert len(variables) > 20
    first_cells = re.findall(r"^\| (`[^|]*)\|", read("README.md"), re.M)
    table = set(re.findall(r"`([A-Z_]+)`", "".join(first_cells)))
    assert table == variables


def test_the_readme_names_commands_and_targets_that_exist():
    readme = read("README.md")
    assert set(re.findall(r"manage\.py (\w+)", readme)) <= set(get_commands())
    targets = set(re.findall(r"^(\w+):.* ## ", read("Makefile"), re.M))
    assert set(re.findall(r"^make (\w+)", readme, re.M)) <= targets


def test_every_picture_and_page_that_a_document_shows_is_there():
    shown = 0
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
            shown += 1
    assert shown > 10
