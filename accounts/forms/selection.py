"""What an administrator does to the people ticked in a list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from accounts import selection
from accounts.forms.people import CodedChoiceField
from accounts.forms.recent_password import RecentPasswordMixin
from accounts.models import Kind, User, UserQuerySet
from schools.french import counted
from schools.journal import journal
from schools.turns import turn

ANY = (Kind.STUDENT, Kind.TEACHER)


@dataclass(frozen=True)
class Action:
    """`label`: in the menu. `target`: the field of the class or group. `asks`: the text of the page that confirms it.

    `one`, `many`: the message afterwards, about one person and about `{count}`. `already`: about those who needed no
    change. `spares`: leaves out the accounts out of reach of the administrator, as do all acts that decide who can sign
    in. `password`: asks for the administrator's password again.
    """

    label: str
    run: Callable
    one: str
    many: str
    already: tuple = ()
    target: str = ""
    asks: str = ""
    spares: bool = False
    password: bool = False
    kinds: tuple = ANY


ACTIONS = {
    "change_class": Action(
        "Changer de classe",
        selection.change_class,
        "1 élève est passé en {target}.",
        "{count} élèves sont passés en {target}.",
        already=("y était déjà", "y étaient déjà"),
        target="school_class",
        kinds=(Kind.STUDENT,),
    ),
    "join_group": Action(
        "Ajouter à un groupe",
        selection.join_group,
        "1 {person} ajouté au groupe {target}.",
        "{count} {person}s ajoutés au groupe {target}.",
        already=("y était déjà", "y étaient déjà"),
        target="group",
    ),
    "leave_group": Action(
        "Retirer d'un groupe",
        selection.leave_group,
        "1 {person} retiré du groupe {target}.",
        "{count} {person}s retirés du groupe {target}.",
        already=("n'y était pas", "n'y étaient pas"),
        target="group",
    ),
    "reset_passwords": Action(
        "Réinitialiser les mots de passe",
        selection.reset_passwords,
        "1 mot de passe réinitialisé : exportez la liste pour le transmettre.",
        "{count} mots de passe réinitialisés : exportez la liste pour les transmettre.",
        asks="Leurs mots de passe actuels ne fonctionneront plus, et leurs connexions en cours s'arrêtent. "
        "Les nouveaux mots de passe figureront dans l'export.",
        spares=True,
        password=True,
    ),
    "deactivate": Action(
        "Désactiver",
        selection.deactivate,
        "1 compte désactivé.",
        "{count} comptes désactivés.",
        already=("l'était déjà", "l'étaient déjà"),
        asks="Ces personnes ne pourront plus se connecter, jusqu'à ce que vous réactiviez leur compte. "
        "Leurs licences redeviennent disponibles.",
        spares=True,
    ),
    "reactivate": Action(
        "Réactiver",
        selection.reactivate,
        "1 compte réactivé.",
        "{count} comptes réactivés.",
        already=("l'était déjà", "l'étaient déjà"),
        spares=True,
    ),
    "delete": Action(
        "Supprimer",
        selection.delete,
        "1 compte supprimé.",
        "{count} comptes supprimés.",
        asks="C'est définitif : ces comptes disparaissent, et leurs licences redeviennent disponibles.",
        spares=True,
        password=True,
    ),
}


def actions_for(kind: str) -> list[tuple[str, str]]:
    """Return [(name, label), …] of what can be done to people of `kind`."""
    return [(name, action.label) for name, action in ACTIONS.items() if kind in action.kinds]


class SelectionForm(RecentPasswordMixin):
    """One action and its target."""

    action = forms.ChoiceField(widget=forms.HiddenInput)
    school_class = CodedChoiceField(label="Nouvelle classe", queryset=None, empty_label="Choisissez une classe")
    group = CodedChoiceField(label="Groupe", queryset=None, empty_label="Choisissez un groupe")

    def __init__(self, data=None, *, request, school, kind, action):
        self.chosen = ACTIONS[action]
        super().__init__(data, initial={"action": action}, request=request)
        self.school, self.kind = school, Kind(kind)
        self.fields["action"].choices = actions_for(self.kind)
        self.fields["school_class"].queryset = school.schoolclass_set.all()
        self.fields["group"].queryset = school.group_set.all()
        for name in {"school_class", "group"} - {self.chosen.target}:
            del self.fields[name]

    def needs_password(self) -> bool:
        return self.chosen.password

    @property
    def has_no_target(self) -> bool:
        """True when there is no class or group to choose."""
        return bool(self.chosen.target) and not self.fields[self.chosen.target].queryset.exists()

    def run(self, people: UserQuerySet, *, by: User) -> tuple[selection.Outcome, str]:
        """Do it to `people`; return the Outcome, and the sentence about it."""
        chosen = {self.chosen.target: self.cleaned_data[self.chosen.target]} if self.chosen.target else {}
        who = {"by": by} if self.chosen.spares else {}
        with turn(self.school):
            outcome = self.chosen.run(self.school, people, **chosen, **who)
            action = self.cleaned_data["action"]
            journal("selection", action=action, school=self.school, kind=self.kind, user=by, count=outcome.done)
        return outcome, self.sentence(outcome, **chosen)

    def sentence(self, outcome: selection.Outcome, **chosen: Any) -> str:
        text = {0: "Aucun changement.", 1: self.chosen.one}.get(outcome.done, self.chosen.many)
        target = next(iter(chosen.values()), "")
        sentence = text.format(count=outcome.done, target=target, person=self.kind.label)
        if outcome.already:
            sentence += f" {outcome.already} {self.chosen.already[outcome.already > 1]}."
        if outcome.spared:
            sentence += (
                f" {counted(outcome.spared, 'laissé')} de côté : votre propre compte et ceux "
                "qui ont des droits en dehors de votre établissement ne se changent pas ici."
            )
        return sentence
