"""The catalogue of textbooks, which all schools share."""

from typing import Self

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q

from licences.isbn import validate_ean, with_whole_isbn
from schools.fields import KeyedModel, KeyedQuerySet, SearchKeyField, SortKeyField
from schools.folding import fold

COVERS = {
    "maths": ("math",),
    "francais": ("francais", "lettres"),
    "histoire": ("histoire", "geographie", "civique"),
    "latin": ("latin", "grec", "antiquite"),
    "langues": ("anglais", "allemand", "espagnol", "italien", "langue"),
    "sciences": ("svt", "science", "physique", "chimie", "technologie", "vie et de la terre"),
    "arts": ("art", "musi"),
}


class TextbookQuerySet(KeyedQuerySet):
    def search(self, text: str) -> Self:
        """Every word of `text` stands in its title, publisher, subject, level or ISBN, however that is written."""
        return super().search(with_whole_isbn(text))


class Textbook(KeyedModel):
    """A digital textbook of the catalogue. Without an address yet, it cannot be opened."""

    isbn = models.CharField(
        "ISBN (EAN)",
        max_length=13,
        unique=True,
        validators=[validate_ean],
        error_messages={"unique": "Ce manuel est déjà au catalogue."},
    )
    title = models.CharField("titre", max_length=200)
    publisher = models.CharField("éditeur", max_length=100, blank=True)
    subject = models.CharField("matière", max_length=100, blank=True)
    level = models.CharField("niveau", max_length=30, blank=True)
    url = models.URLField(
        "adresse du manuel",
        max_length=500,
        blank=True,
        validators=[
            URLValidator(["https"], code="not_https", message="L'adresse du manuel doit commencer par https://.")
        ],
    )
    title_sort = SortKeyField("title")
    publisher_sort = SortKeyField("publisher")
    subject_sort = SortKeyField("subject")
    level_sort = SortKeyField("level", max_length=60)
    search_key = SearchKeyField("title", "publisher", "subject", "level", "isbn")

    objects = TextbookQuerySet.as_manager()

    class Meta:
        verbose_name = "manuel numérique"
        verbose_name_plural = "manuels numériques"
        ordering = ["title_sort", "pk"]
        indexes = [models.Index(fields=["title_sort"], name="textbook_title_sort")]
        constraints = [
            models.CheckConstraint(condition=Q(url="") | Q(url__startswith="https://"), name="textbook_url_https")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def cover(self) -> str:
        """Which of the drawn covers it bears: the class of its subject in app.css."""
        subject = fold(self.subject)
        return next((cover for cover, words in COVERS.items() if any(word in subject for word in words)), "autre")
