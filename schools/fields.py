"""Keys: columns by which texts are compared, listed and found; and the rows that keep them right."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Func, Q

from schools.folding import fold, sort_key

CHUNK = 500


class KeyField(models.CharField):
    """What a text is compared and listed by (folding.py): byte by byte, whatever the database's own order of letters.

    SQLite does so by itself.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"editable": False, **kwargs})

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class ComputedKeyField(KeyField):
    """The key of other columns of the same row, its `sources`. What writes these writes it too (KeyedModel)."""

    def __init__(self, *sources: str, **kwargs: Any) -> None:
        self.sources = sources
        super().__init__(**{"default": "", **kwargs})

    def deconstruct(self) -> tuple[Any, ...]:
        name, path, _, kwargs = super().deconstruct()
        return name, path, list(self.sources), kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = self.key_of(*(getattr(model_instance, source) for source in self.sources))[: self.max_length]
        setattr(model_instance, self.attname, key)
        return key


class SortKeyField(ComputedKeyField):
    """`sort_key` of one column: what lists are ordered by."""

    def __init__(self, *sources, **kwargs):
        super().__init__(*sources, **{"max_length": 200, **kwargs})

    @staticmethod
    def key_of(text: str) -> str:
        return sort_key(text)


class SearchKeyField(ComputedKeyField):
    """`fold` of all columns in which people look for a row."""

    def __init__(self, *sources, **kwargs):
        super().__init__(*sources, **{"max_length": 600, **kwargs})

    @staticmethod
    def key_of(*texts: str) -> str:
        return fold(" ".join(texts))


def keys_of(model: type[models.Model], names: Iterable[str] | None = None) -> list[ComputedKeyField]:
    """Return the computed keys of `model`; those only that follow one of the columns `names`."""
    keys = [field for field in model._meta.concrete_fields if isinstance(field, ComputedKeyField)]
    return keys if names is None else [key for key in keys if set(key.sources) & set(names)]


def fill_keys(rows: models.QuerySet) -> None:
    """Compute all keys of `rows` (a queryset, of a migration's models too), a bounded number at a time."""
    keys, last = keys_of(rows.model), 0
    while piece := list(rows.order_by("pk").filter(pk__gt=last)[:CHUNK]):
        for row in piece:
            for key in keys:
                key.pre_save(row, add=False)
        models.QuerySet.bulk_update(rows.order_by(), piece, [key.name for key in keys], batch_size=CHUNK)
        last = piece[-1].pk


def holding(text: str, *keys: str, typed: Sequence[str] = ()) -> Q:
    """Return the condition that every word of `text` stands in one of `keys` or, as it is, of the columns `typed`.

    A word with a hyphen or an apostrophe stays one: CMD-7 is not found wherever there is a 7.
    """

    def anywhere(word):
        in_keys = (Q(**{f"{key}__contains": fold(word)}) for key in keys)
        return reduce(or_, (*in_keys, *(Q(**{f"{column}__icontains": word}) for column in typed)))

    return Q(*(anywhere(word) for word in text.split() if fold(word)))


class KeyedQuerySet(models.QuerySet):
    def search(self, text: str) -> Self:
        """Every word of `text` stands in what the row is looked for by; case, accents and hyphens aside."""
        return self.filter(holding(text, "search_key"))

    def update(self, **values: Any) -> int:
        keys = keys_of(self.model, values)
        if not keys:
            return super().update(**values)
        with transaction.atomic(using=self.db):
            pks = list(self.values_list("pk", flat=True))
            count = super().update(**values)
            for start in range(0, len(pks), CHUNK):
                fill_keys(self.model._base_manager.using(self.db).filter(pk__in=pks[start : start + CHUNK]))
        return count

    update.alters_data = True

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], **options: Any) -> int:
        objs, keys = list(objs), keys_of(self.model, fields)
        for row in objs:
            for key in keys:
                key.pre_save(row, add=False)
        return super().bulk_update(objs, [*fields, *(key.name for key in keys)], **options)

    bulk_update.alters_data = True


class KeyedModel(models.Model):
    """A row with computed keys. Its querysets are KeyedQuerySet; bulk_create() needs nothing else."""

    objects = KeyedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            update_fields = {*update_fields, *(key.name for key in keys_of(type(self), update_fields))}
        super().save(*args, update_fields=update_fields, **kwargs)


class Bytewise(Func):
    """Order a text byte by byte on both databases: `order_by(Bytewise(Lower("username")))`."""

    template = "%(expressions)s"
    arity = 1
    output_field = models.CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template='%(expressions)s COLLATE "C"', **context)
