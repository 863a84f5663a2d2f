"""Limits on guessing passwords. They stop who guesses, and shut out neither the owner nor a class behind one address.

A try is counted before the password is checked, and given back when it was right. A refused try is not counted:
trying again does not make the wait longer. There are four counters:

- a name from an address: LIMIT failures in 5 minutes;
- an address: ADDRESS_LIMIT failures in 15 minutes; each success gives some back; beyond, only names that have succeeded
  from this address may try;
- an account, from everywhere: ACCOUNT_LIMIT failures an hour, then one try a minute; a new password resets it;
- a device that has signed in to that account before (devices.py): its own LIMIT instead of the three above.

Whoever may not try is answered at once; no password is hashed for them.
"""

import ipaddress
import logging

from django.conf import settings
from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse

from accounts import counters, devices
from accounts.models import User
from schools.folding import fold
from schools.french import counted

LIMIT, SECONDS = 10, 5 * 60
ADDRESS_LIMIT, ADDRESS_SECONDS, GIVEN_BACK = 200, 15 * 60, 10
ACCOUNT_LIMIT, ACCOUNT_SECONDS, ACCOUNT_PACE = 50, 3600, 60
KNOWN_SECONDS = 30 * 24 * 3600
MAILS, MAIL_SECONDS = 5, 3600
ADDRESS_MAILS = 200
logger = logging.getLogger(__name__)


class TooManyTries(Exception):
    """The next try is allowed in `seconds`; `str` says so in French."""

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        super().__init__(
            f"Trop d'essais en peu de temps. Attendez {counted(minutes, 'minute')}, puis essayez de nouveau."
        )
        self.seconds = seconds


def visitor_address(request: HttpRequest) -> str:
    """Return the address to count: an IPv4 address, or the /64 network of an IPv6 one, which is one visitor's."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    text = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return text[:100]  # With a port, or the name of a socket.
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


class Try:
    """One try to sign in as `user` (None: `login` is nobody's) from where `request` comes."""

    def __init__(self, request: HttpRequest, user: User | None, login: str) -> None:
        self.user = user
        address = visitor_address(request)
        # A name of no account is folded, so that its variants are one name, as those of an account are. The hash of the
        # password is part of the keys, so that a new password resets the counters.
        who = ("account", user.pk) if user else ("name", fold(login))
        owner = (*who, user.password if user else "")
        self.pair = counters.key_of("pair", owner, address)
        self.address = counters.key_of("address", address)
        self.account = counters.key_of("account", owner)
        self.pace = counters.key_of("pace", owner)
        self.known = counters.key_of("known", who, address)
        mark = devices.mark_of(request, user)
        self.device = counters.key_of("device", mark) if mark else None
        self.is_counted = False

    def begin(self) -> "Try":
        """Count the try. Raises TooManyTries if it may not be made."""
        try:
            with transaction.atomic():
                if not self.begin_as_known_device():
                    self.begin_as_stranger()
        except Error:
            if connection.in_atomic_block:
                raise
            # A full disk must not keep anybody from signing in.
            logger.exception("tries to sign in are not counted: the database does not write")
        return self

    def begin_as_known_device(self) -> bool:
        if not self.device:
            return False
        number, _ = counters.count(self.device, seconds=devices.SECONDS)
        return number <= LIMIT

    def begin_as_stranger(self) -> None:
        refuse_beyond(LIMIT, *counters.count(self.pair, seconds=SECONDS))
        number, seconds = counters.count(self.address, seconds=ADDRESS_SECONDS)
        if number > ADDRESS_LIMIT and not counters.is_counted(self.known):
            raise TooManyTries(seconds)
        number, _ = counters.count(self.account, seconds=ACCOUNT_SECONDS)
        if number > ACCOUNT_LIMIT:
            refuse_beyond(1, *counters.count(self.pace, seconds=ACCOUNT_PACE))
        self.is_counted = True

    def succeeded(self) -> None:
        """Give back what was counted, and GIVEN_BACK more: people do sign in from this address."""
        try:
            with transaction.atomic():
                counters.forget(self.pair)
                counters.give_back(self.address, GIVEN_BACK + self.is_counted)
                if self.is_counted:
                    counters.give_back(self.account, 1)
                counters.count(self.known, seconds=KNOWN_SECONDS)
                if self.device:
                    counters.forget(self.device)
        except Error:
            if connection.in_atomic_block:
                raise
            logger.exception("a sign-in is not counted: the database does not write")


class Confirmation:
    """One try to type one's own password again. Whoever steals a session guesses no faster than at the sign-in."""

    def __init__(self, request: HttpRequest, user: User) -> None:
        self.key = counters.key_of("confirm", user.pk, user.password, visitor_address(request))
        self.hour = counters.key_of("confirm", user.pk, user.password)

    def begin(self) -> "Confirmation":
        """Count the try. Raises TooManyTries if it may not be made."""
        with transaction.atomic():
            refuse_beyond(LIMIT, *counters.count(self.key, seconds=SECONDS))
            refuse_beyond(ACCOUNT_LIMIT, *counters.count(self.hour, seconds=ACCOUNT_SECONDS))
        return self

    def succeeded(self) -> None:
        counters.forget(self.key, self.hour)


def refuse_beyond(limit: int, number: int, seconds: int) -> None:
    if number > limit:
        raise TooManyTries(seconds)


def may_write(request: HttpRequest, user: User | None, login: str) -> bool:
    """Count one more e-mail to `user`, or to nobody (None); tell whether it may be sent."""
    who = ("account", user.pk) if user else ("name", fold(login))
    try:
        with transaction.atomic():
            refuse_beyond(MAILS, *counters.count(counters.key_of("mail", who), seconds=MAIL_SECONDS))
            address = counters.key_of("mails", visitor_address(request))
            refuse_beyond(ADDRESS_MAILS, *counters.count(address, seconds=MAIL_SECONDS))
    except TooManyTries:
        return False
    return True


def say_when(response: HttpResponse, error: TooManyTries | None) -> HttpResponse:
    """Return `response`, as a 429 if the form was refused by `error`."""
    if error:
        response.status_code = 429
        response["Retry-After"] = str(error.seconds)
    return response
