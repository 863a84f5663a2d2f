"""Argon2id for what people choose, a keyed digest for initial passwords (see vault)."""

from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher

from accounts import vault


class PersonalPasswordHasher(Argon2PasswordHasher):
    # OWASP's second choice for Argon2id takes 19 MiB: thirty pupils may sign in at the same moment.
    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class GeneratedPasswordHasher(BasePasswordHasher):
    """Verifies generated initial passwords. The first sign-in replaces the digest by Argon2id (`must_update`)."""

    algorithm = vault.GENERATED

    def encode(self, password: str, salt: str) -> str:
        return vault.digest(password, typed=self.algorithm == vault.TYPED)

    def verify(self, password: str, encoded: str) -> bool:
        return vault.digest_matches(password, encoded)

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, key_id, salt, digest = encoded.split("$")
        return {"algorithm": algorithm, "key_id": key_id, "salt": salt, "hash": digest}

    def safe_summary(self, encoded: str) -> dict[str, str]:
        return {"algorithme": self.algorithm, "clé": self.decode(encoded)["key_id"]}

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        # backends.IdentifierBackend makes every sign-in take the same time.
        pass


class TypedPasswordHasher(GeneratedPasswordHasher):
    """Verifies initial passwords that a person typed, as long as their readable copy exists."""

    algorithm = vault.TYPED
