"""Initial passwords at rest: sealed copies (AES-256-GCM) and keyed digests (HMAC-SHA-256).

Keys come from the setting CREDENTIAL_KEYS, "id:secret,id:secret": the first seals, all of them open, so that a key
rotates without a stop (`manage.py rotate_credentials`). HKDF (RFC 5869) derives one key per use from each secret.

A digest is enough for an initial password: whoever could check guesses against it has the key that opens the copy. The
digest of a random password (passwords.generate_password, over 50 bits) may outlive its copy. That of a typed one may
not: it is marked `typed`, and becomes Argon2id before the copy is destroyed (expiry.py), or at the first sign-in.
"""

import base64
import hmac
import os
import re
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

GENERATED, TYPED = "generated", "typed"


class Unreadable(Exception):
    """The sealed password cannot be opened: its key is gone, or it belongs to another account."""


@cache
def parse_keys(text: str) -> dict[str, str]:
    pairs = [pair.strip().partition(":") for pair in text.split(",") if pair.strip()]
    if not pairs or not all(re.fullmatch(r"[\w-]{1,32}", key_id) and len(secret) >= 32 for key_id, _, secret in pairs):
        raise ImproperlyConfigured(
            "CREDENTIAL_KEYS : on attend « nom:secret,nom:secret », des noms de lettres et de chiffres, des secrets "
            "d'au moins 32 caractères. Rien n'a été démarré."
        )
    if len({key_id for key_id, _, _ in pairs}) < len(pairs):
        raise ImproperlyConfigured(
            "CREDENTIAL_KEYS : deux clés portent le même nom, la plus ancienne serait perdue. Rien n'a été démarré."
        )
    return {key_id: secret for key_id, _, secret in pairs}


def active_key_id() -> str:
    return next(iter(parse_keys(settings.CREDENTIAL_KEYS)))


@cache
def derived_key(secret: str, use: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"edulib {use}".encode()).derive(secret.encode())


def key_for(key_id: str, use: str) -> bytes:
    try:
        return derived_key(parse_keys(settings.CREDENTIAL_KEYS)[key_id], use)
    except KeyError:
        raise Unreadable(f"no key {key_id!r} in CREDENTIAL_KEYS") from None


def seal(password: str, *, bound_to: bytes) -> tuple[str, str]:
    """Return (key id, base64 of nonce and ciphertext); `bound_to` is authenticated, not stored."""
    key_id = active_key_id()
    nonce = os.urandom(12)
    sealed = AESGCM(key_for(key_id, "seal")).encrypt(nonce, password.encode(), bound_to)
    return key_id, base64.b64encode(nonce + sealed).decode()


def unseal(key_id: str, sealed: str, *, bound_to: bytes) -> str:
    """Return the password. Raises Unreadable."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        return AESGCM(key_for(key_id, "seal")).decrypt(raw[:12], raw[12:], bound_to).decode()
    except (InvalidTag, ValueError):
        raise Unreadable("damaged, sealed with another key, or for another account") from None


def digest(password: str, *, typed: bool = False, key_id: str | None = None, salt: str | None = None) -> str:
    """Return the encoded digest of an initial password: `generated$key id$salt$digest`, or `typed$…`."""
    key_id = key_id or active_key_id()
    salt = salt or base64.b32encode(os.urandom(10)).decode()
    mac = hmac.digest(key_for(key_id, "digest"), f"{salt}${password}".encode(), "sha256")
    return f"{TYPED if typed else GENERATED}${key_id}${salt}${mac.hex()}"


def digest_matches(password: str, encoded: str) -> bool:
    """Tell whether `password` made `encoded`; False too when its key is gone."""
    _, key_id, salt, _ = encoded.split("$")
    try:
        return hmac.compare_digest(digest(password, typed=is_typed(encoded), key_id=key_id, salt=salt), encoded)
    except Unreadable:
        return False


def is_digest(encoded: str) -> bool:
    """Tell whether `encoded` (User.password) is a digest: that of an initial password nobody signed in with yet."""
    return encoded.startswith((f"{GENERATED}$", f"{TYPED}$"))


def is_typed(encoded: str) -> bool:
    return encoded.startswith(f"{TYPED}$")
