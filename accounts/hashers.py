"""Argon2id for what people choose, a keyed digest for initial passwords (see vault)."""

from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher

from accounts import vault


class PersonalPasswordHasher(Argon2PasswordHasher):
    # OWASP's second choice for Argon2id, 19 MiB: thirty pupils who sign in together do not exhaust the machine.
    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class GeneratedPasswordHasher(BasePasswordHasher):
    """Verifies generated initial passwords. They become Argon2id at the first sign-in (`must_update`)."""

    algorithm = vault.GENERATED

    def encode(self, password, salt):
        return vault.digest(password, typed=self.algorithm == vault.TYPED)

    def verify(self, password, encoded):
        return vault.digest_matches(password, encoded)

    def decode(self, encoded):
        algorithm, key_id, salt, digest = encoded.split("$")
        return {"algorithm": algorithm, "key_id": key_id, "salt": salt, "hash": digest}

    def safe_summary(self, encoded):
        return {"algorithme": self.algorithm, "clé": self.decode(encoded)["key_id"]}

    def must_update(self, encoded):
        return True

    def harden_runtime(self, password, encoded):
        # The time is evened out in backends.IdentifierBackend.
        pass


class TypedPasswordHasher(GeneratedPasswordHasher):
    """The same for those that a person typed, as long as their readable copy exists."""

    algorithm = vault.TYPED
