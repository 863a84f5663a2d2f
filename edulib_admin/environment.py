"""Variables of the environment, strictly: what is set and cannot be read stops the start, with one French sentence.

A value is never replaced by a default, nor by that of another variable ("$NAME"): two machines would disagree without
a word. The sentence names the variable and never quotes it: it may be a secret.
"""

import builtins
import math
import re
import sys
import warnings
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

FALSE = ("false", "off", "n", "no", "0")
MOST = 2**31 - 1


class StrictEnv(environ.Env):
    """django-environ without its guesses; the methods keep their names."""

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: builtins.bool = False
    ) -> Any:
        if var not in self.ENVIRON:
            return self.parse_value(default, cast) if parse_default else default
        text = self.ENVIRON[var]
        if not text.strip():
            refuse(var, "la variable est vide. Donnez-lui une valeur, ou retirez-la")
        if cast is None:
            return text
        try:
            return read(text, cast)
        except (ValueError, OverflowError):
            refuse(var, f"on attend {EXPECTED.get(cast, 'une autre forme')}")

    def int(
        self, var: str, default: builtins.int, *, least: builtins.int = 0, most: builtins.int = MOST
    ) -> builtins.int:
        return self.between(var, super().int(var, default), least, most)

    def float(
        self, var: str, default: builtins.float, *, least: builtins.float = 0, most: builtins.float = MOST
    ) -> builtins.float:
        return self.between(var, super().float(var, default), least, most)

    def between(self, var: str, number: builtins.float, least: builtins.float, most: builtins.float) -> Any:
        if not least <= number <= most:
            refuse(var, f"on attend un nombre de {least} à {most}")
        return number

    def list(
        self, var: str, default: builtins.list[str], *, pattern: str = r".+", example: str = ""
    ) -> builtins.list[str]:
        """Return the comma-separated values, each of which matches `pattern`."""
        values = super().list(var, default=default)
        if var in self.ENVIRON and not all(re.fullmatch(pattern, value) for value in values):
            refuse(var, f"on attend des valeurs telles que « {example} », séparées par des virgules")
        return values

    def json(self, var: str, default: dict[str, Any]) -> dict[str, Any]:
        value = super().json(var, default=default)
        if not isinstance(value, dict):
            refuse(var, "on attend un objet JSON, {…}")
        return value

    def text(self, var: str, default: str, *, pattern: str, expected: str) -> str:
        value = self(var, default=default)
        if var in self.ENVIRON and not re.fullmatch(pattern, value):
            refuse(var, f"on attend {expected}")
        return value

    def directory(self, var: str, default: Path) -> Path:
        written = self(var, default=str(default))
        if var in self.ENVIRON and written[0] in "$~":
            refuse(var, "on attend le chemin d'un dossier, écrit en entier ; « $ » et « ~ » n'y sont pas remplacés")
        return Path(written).resolve()

    def storage(self, var: str, default: str) -> str:
        """Return the dotted path of a storage class whose module can be found."""
        name = self(var, default=default)
        try:
            found = find_spec(name.rpartition(".")[0])
        except (ImportError, ValueError):
            found = None
        if found is None:
            refuse(var, "on attend le nom d'une classe de stockage Django installée, « module.Classe »")
        return name

    def broker(self, var: str, default: str) -> str:
        url = self(var, default=default)
        if not is_url(url, TRANSPORT_ALIASES):
            refuse(var, "on attend une adresse telle que « redis://hôte:6379/0 »")
        return url

    def db_url(self, var: str, default: str) -> dict[str, Any]:
        url = self(var, default=default)
        if is_url(url, ("sqlite", "postgres", "postgresql")):
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # They would quote the address, password included.
                try:
                    config = self.db_url_config(url)
                except (Warning, ValueError):
                    config = {}
            if config.get("NAME") not in (None, "", ":memory:"):
                return config
        refuse(var, "on attend « postgres://compte:mot-de-passe@hôte:5432/base » ou « sqlite:////chemin/du/fichier »")

    def email_url(self, var: str) -> dict[str, Any]:
        url = self(var)
        if not is_url(url, self.EMAIL_SCHEMES):
            refuse(var, "on attend une adresse telle que « smtp+tls://compte:mot-de-passe@hôte:587 »")
        return self.email_url_config(url)


EXPECTED = {
    bool: "0 ou 1",
    int: "un nombre entier",
    float: "un nombre",
    list: "des valeurs séparées par des virgules",
}


def read(text: str, cast: Callable[[str], Any]) -> Any:
    """Return `text` as a `cast`. Raises ValueError."""
    if cast is bool:
        word = text.strip().lower()
        if word not in (*FALSE, *environ.Env.BOOLEAN_TRUE_STRINGS):
            raise ValueError
        return word not in FALSE
    if cast is float:
        if not math.isfinite(number := float(text)):
            raise ValueError
        return number
    if cast is list:
        if values := [value.strip() for value in text.split(",") if value.strip()]:
            return values
        raise ValueError
    return cast(text)


def is_url(text: str, schemes: Iterable[str]) -> bool:
    """Tell whether `text` is an address of one of `schemes` whose host and port can be read."""
    scheme, separator, _ = text.partition("://")
    try:
        return bool(separator) and scheme in schemes and urlsplit(text).port != 0
    except ValueError:
        return False


def refuse(var: str, reason: str) -> NoReturn:
    raise ImproperlyConfigured(f"{var} : {reason}. Rien n'a été démarré.")


def one_sentence(
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    usual: Callable[..., Any] = sys.excepthook,
) -> None:
    """Print what is wrong with the settings as the sentence that it is; a traceback would only hide it."""
    if issubclass(kind, ImproperlyConfigured):
        print(error, file=sys.stderr)  # noqa: T201
    else:
        usual(kind, error, trace)


sys.excepthook = one_sentence
