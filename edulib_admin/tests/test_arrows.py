"""Arrows point one way: no app imports what stands above it, nor names it in a string.

Names are those of URLs, templates, template libraries, apps, and relations that models above put on models below. The
templates that belong to no app are the frame, which the roof makes: a page says which frame it fills, and no more.
Tests may look at every app.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.template.backends.django import get_installed_libraries
from django.urls import URLPattern, get_resolver

LAYERS = ["schools", "accounts", "imports", "licences", "edulib_admin"]
RANK = {app: rank for rank, app in enumerate(LAYERS)}
TEMPLATES = Path(settings.BASE_DIR, "templates")
TAG = re.compile(r"{%\s*(url|include|extends|load)\s+(.*?)%}", re.DOTALL)


# --- What there is above --------------------------------------------------------------------------------------
def url_names(patterns=None):
    """Yield (name, app of the view) of every address but those of Django's admin."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name, pattern.callback.__module__.split(".")[0]
        elif pattern.app_name != "admin":
            yield from url_names(pattern.url_patterns)


def relation_names():
    """Yield (name, app of the model that puts it there). People of a school are its own: the user is a setting."""
    for model in apps.get_models():
        for relation in model._meta.related_objects:
            app, above = model._meta.app_label, relation.related_model._meta.app_label
            is_upward = app in RANK and above in RANK and RANK[above] > RANK[app]
            if is_upward and relation.related_model is not get_user_model() and relation.get_accessor_name():
                yield relation.get_accessor_name(), above


def libraries():
    """Yield (name, app) of the template libraries of ours."""
    for name, module in get_installed_libraries().items():
        if module.split(".")[0] in RANK:
            yield name, module.split(".")[0]


# --- What a file names ----------------------------------------------------------------------------------------
def modules(app):
    """Yield the modules of `app`, tests and migrations aside."""
    for path in sorted(Path(settings.BASE_DIR, app).rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield path


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


def strings(tree):
    """Yield (pattern of) each string: `f"{kind}_list"` is `\\w+_list`. Docstrings are for readers."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in node.values)
            yield "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_read_only = isinstance(parents[node], ast.Expr | ast.JoinedStr)
            yield from () if is_read_only else (re.escape(node.value),)


def attributes(tree):
    """Yield the names of attributes and of keyword arguments, each part of a look-up alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield from node.arg.split("__")


# --- The arrows -----------------------------------------------------------------------------------------------
@cache
def owners_of(pattern):
    """Return the apps that a string (a regular expression) may name; empty where it names none."""
    owners = {app for name, app in url_names() if re.fullmatch(pattern, name)}
    text = pattern.replace("\\", "")
    if found := re.match(rf"({'|'.join(LAYERS)})(/.*\.html|\.\w+)?$", text):
        owners.add(found[1])
    owners |= {app for name, app in relation_names() if re.match(rf"-?{name}(__|$)", text)}
    return owners


def module_arrows(app, source):
    """Yield (app, what is named) for every arrow of a module."""
    tree = ast.parse(source)
    yield from ((other, f"import {other}") for other in imported(tree) if other in RANK)
    for pattern in strings(tree):
        if owners := owners_of(pattern):
            # A pattern may fit names of several apps: it is the lowest one's.
            yield min(owners, key=RANK.__getitem__), pattern
    relations = dict(relation_names())
    yield from ((relations[name], f".{name}") for name in attributes(tree) if name in relations)


def template_arrows(source):
    names, loaded, relations = dict(url_names()), dict(libraries()), dict(relation_names())
    for tag, rest in TAG.findall(source):
        if tag == "load":
            yield from ((loaded[library], library) for library in rest.split() if library in loaded)
            continue
        target = re.match(r"""["']([^"']+)["']""", rest)
        if target and tag == "url" and target[1] in names:
            yield names[target[1]], target[1]
        elif target and tag != "url" and target[1].split("/")[0] in RANK:
            yield target[1].split("/")[0], target[1]
    yield from ((relations[name], f".{name}") for name in re.findall(r"\.(\w+)", source) if name in relations)


def arrows():
    """Return {(app, other app): [file: what it names, …]} of all arrows between apps."""
    found = defaultdict(list)
    for app in LAYERS:
        for path in modules(app):
            for other, what in module_arrows(app, path.read_text()):
                if other != app:
                    found[app, other].append(f"{path.relative_to(settings.BASE_DIR)}: {what}")
    for path in sorted(TEMPLATES.rglob("*.html")):
        folder = path.relative_to(TEMPLATES).parts[0]
        app = folder if folder in RANK else LAYERS[-1]
        for other, what in template_arrows(path.read_text()):
            if other != app:
                found[app, other].append(f"{path.relative_to(settings.BASE_DIR)}: {what}")
    return found


def upward(found):
    return [text for (app, other), texts in found.items() if RANK[other] > RANK[app] for text in texts]


def test_no_arrow_points_upwards():
    assert upward(arrows()) == []


@pytest.mark.parametrize(
    ("app", "source"),
    [
        ("accounts", "from licences.models import Licence"),
        ("accounts", "def late():\n    import imports.models"),
        ("accounts", "redirect('import_list')"),
        ("accounts", "reverse(f'{kind}_export')"),
        ("schools", "render(request, 'licences/licence_list.html')"),
        ("schools", "apps.get_model('imports.Import')"),
        ("schools", "school.licences.count()"),
        ("accounts", "people.exclude(assignments__licence=licence)"),
        ("accounts", "people.values('assignments__licence')"),
        ("schools", "redirect('school_dashboard')"),
    ],
)
def test_an_upward_arrow_of_a_module_is_seen(app, source):
    assert [other for other, _ in module_arrows(app, source) if RANK[other] > RANK[app]]


@pytest.mark.parametrize("source", ['"""See licences.models."""', "reverse(f'{kind}_list')", "redirect('class_list')"])
def test_what_points_down_or_is_only_read_is_no_arrow(source):
    assert [other for other, _ in module_arrows("accounts", source) if RANK[other] > RANK["accounts"]] == []


@pytest.mark.parametrize(
    "source",
    [
        "{% url 'import_list' school.code %}",
        '{% include "licences/includes/state.html" %}',
        "{% load licence_words %}",
        "{{ school.licences.count }}",
    ],
)
def test_an_upward_arrow_of_a_template_is_seen(source, monkeypatch):
    monkeypatch.setattr(f"{__name__}.libraries", lambda: [("licence_words", "licences")])
    assert [other for other, _ in template_arrows(source) if RANK[other] > RANK["accounts"]]
