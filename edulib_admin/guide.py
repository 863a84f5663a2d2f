"""The administrators' guide (docs/guide-administrateur.md) as the page `/aide/` shows it."""

import re
from functools import cache
from itertools import pairwise

from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from schools.folding import fold

PATH = settings.BASE_DIR / "docs" / "guide-administrateur.md"
# Which part of the guide a page opens: the beginning of its URL name, and the heading's anchor. First match.
PARTS = (
    ("class", "etape-1-creer-les-classes"),
    ("group", "etape-1-creer-les-classes"),
    ("student_template", "etape-2-preparer-les-fichiers"),
    ("teacher_template", "etape-2-preparer-les-fichiers"),
    ("student_import", "etape-3-importer-puis-exporter"),
    ("teacher_import", "etape-3-importer-puis-exporter"),
    ("import", "etape-3-importer-puis-exporter"),
    ("licence_rule", "affecter-automatiquement"),
    ("licence_use", "suivre-l-utilisation"),
    ("use_report", "suivre-l-utilisation"),
    ("licence", "etape-4-attribuer-les-manuels"),
    ("student", "questions-frequentes"),
    ("teacher", "questions-frequentes"),
)


def anchor(heading: str) -> str:
    """Return the anchor of a heading: “Étape 1 : créer” → `etape-1-creer`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(heading)).strip("-")


def part_for(url_name: str) -> str:
    """Return the anchor of the part of the guide that the page `url_name` opens; "" for its beginning."""
    return next((part for start, part in PARTS if url_name.startswith(start)), "")


@cache
def html() -> SafeString:
    """Return the guide as HTML: headings with anchors, pictures from the static files."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(PATH.read_text(encoding="utf-8"))
    for heading, content in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", anchor(content.content))
    for token in tokens:
        for picture in token.children or []:
            if picture.type == "image":
                serve(picture)
    # The guide is ours, and its raw HTML is not rendered.
    return mark_safe(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S308


def serve(picture: Token) -> None:
    """Let a picture of docs/images/ be served, and loaded when it comes into view."""
    source = str(picture.attrGet("src") or "")
    picture.attrSet("src", static(source.replace("images/", "guide/", 1)))
    picture.attrSet("loading", "lazy")
