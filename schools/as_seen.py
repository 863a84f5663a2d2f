"""A form writes what its user changed, and nothing else.

Each form carries what it showed (`seen`). When it comes back, a field that its user left alone takes the value that
stands in the database by then; so do groups, but for those ticked and unticked. A field that both changed is shown
and asked about: sent once more, the user's value is the answer.
"""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model


def plain(value: Any) -> str | list[str]:
    """Return `value` as it is compared and stored: text, or a sorted list of texts."""
    if isinstance(value, list | tuple | set):
        return sorted(str(getattr(each, "pk", each)) for each in value)
    return "" if value is None else str(getattr(value, "pk", value))


class AsSeenForm(forms.ModelForm):
    """See above. A form without `seen` (a client that has none) writes what it holds, as any form does."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.state_as_text  # Called when it is shown: fields may still go.
        self.is_rebased = False
        self.newer = {}

    def editable(self) -> dict[str, forms.Field]:
        return {name: field for name, field in self.fields.items() if name in self._meta_fields and not field.disabled}

    @property
    def _meta_fields(self):
        return {field.name for field in (*self._meta.model._meta.fields, *self._meta.model._meta.many_to_many)}

    def state(self) -> dict[str, str | list[str]]:
        """Return {field: what the database held when the row was read}."""
        if self.instance.pk is None:
            return {}
        return {name: plain(self.get_initial_for_field(field, name)) for name, field in self.editable().items()}

    def state_as_text(self) -> str:
        return json.dumps(self.state())

    def shown(self) -> dict[str, Any]:
        try:
            shown = json.loads(self.data.get(self.add_prefix("seen")) or "{}")
        except ValueError:
            return {}
        return shown if isinstance(shown, dict) else {}

    def rebase(self) -> None:
        """Put what others wrote meanwhile into what was submitted; note in `newer` what both changed."""
        if self.is_rebased or not self.is_bound or self.instance.pk is None:
            return
        self.is_rebased = True
        shown, state = self.shown(), self.state()
        self.data = self.data.copy()
        for name, field in self.editable().items():
            then, now = shown.get(name), state[name]
            if name not in shown or isinstance(then, list) != isinstance(now, list):
                continue
            typed = self.typed(name, field)
            if isinstance(now, list):
                left, joined = set(then) - set(typed), set(typed) - set(then)
                self.put(name, field, sorted(set(now) - left | joined))
            elif typed == then:
                self.put(name, field, now)
            elif now not in (then, typed):
                self.newer[name] = now
        self.data[self.add_prefix("seen")] = json.dumps(state)

    def typed(self, name: str, field: forms.Field) -> str | list[str]:
        raw = field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
        if isinstance(field, forms.ModelChoiceField):
            return plain(raw)
        try:
            return plain(field.to_python(raw))
        except ValidationError:
            return plain(raw)

    def put(self, name: str, field: forms.Field, value: str | list[str]) -> None:
        """Submit `value` (as `plain` writes it) in place of what came."""
        key = self.add_prefix(name)
        if isinstance(value, list):
            if hasattr(self.data, "setlist"):
                self.data.setlist(key, value)
            else:
                self.data[key] = value
        elif isinstance(field, forms.BooleanField):
            self.data[key] = "on" if value == "True" else "false"
        else:
            # A date is written as its field reads it.
            current = self.get_initial_for_field(field, name)
            is_date = isinstance(field, forms.DateField)
            self.data[key] = field.widget.format_value(current) or "" if is_date else value

    def full_clean(self) -> None:
        self.rebase()
        super().full_clean()
        for name, newer in self.newer.items():
            self.tell_newer(name, newer)

    def tell_newer(self, name: str, newer: Any) -> None:
        """Add the error of a field that somebody else has just changed to `newer`."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            told = "cochée" if newer == "True" else "décochée"
        elif isinstance(field, forms.ModelChoiceField):
            found = field.queryset.filter(pk=newer).first() if newer else None
            told = f"« {field.label_from_instance(found)} »" if found else "vide"
        else:
            told = f"« {dict(getattr(field, 'choices', ())).get(newer, newer)} »" if newer else "vide"
        self.add_error(
            name,
            ValidationError(
                f"Quelqu'un d'autre vient de changer ceci : {told}. Pour garder votre valeur, enregistrez de nouveau.",
                code="changed_meanwhile",
            ),
        )

    def is_still_as_read(self, row: Model) -> bool:
        """Tell whether `row`, held by now, is what this form was checked against; else add the errors."""
        state = self.state()
        newer = {
            name: plain(self._meta.model._meta.get_field(name).value_from_object(row))
            for name in self.written()
            if name in state
        }
        newer = {name: value for name, value in newer.items() if value != state[name]}
        for name, value in newer.items():
            state[name] = value
            self.tell_newer(name, value)
        self.data[self.add_prefix("seen")] = json.dumps(state)
        return not newer

    def written(self) -> list[str]:
        """Return the columns to write: those of the fields that were changed."""
        columns = {field.name for field in self._meta.model._meta.concrete_fields}
        return [name for name in self.changed_data if name in columns]
