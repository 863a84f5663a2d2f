"""Guessing is slow, for the one who guesses: strangers shut nobody out for good, a class behind one address neither.

A try is counted before it is made, and given back when it succeeds; one that is refused is not counted, so that
waiting is not prolonged by trying. Four counters, each for what the others let through:

- a name and an address: LIMIT failures in 5 minutes;
- an address: ADDRESS_LIMIT in 15 minutes, each success gives some back; past that, only names that succeeded there;
- an account, from everywhere: ACCOUNT_LIMIT an hour, then one try a minute; another password begins anew;
- a device that signed in to that account before (devices.py) has its own LIMIT, and none of the above.

Nobody waits in a thread: who may not try is answered at once, and no password is hashed for them.
"""

import ipaddress
import logging

from django.conf import settings
from django.db import Error, connection, transaction

from accounts import counters, devices
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
    """Another try may be made in `seconds`; `str` says so in French."""

    def __init__(self, seconds):
        minutes = -(-seconds // 60)
        super().__init__(
            f"Trop d'essais en peu de temps. Attendez {counted(minutes, 'minute')}, puis essayez de nouveau."
        )
        self.seconds = seconds


def visitor_address(request):
    """Return whom to count: an IPv4 address, or the /64 that one visitor has of IPv6."""
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

    def __init__(self, request, user, login):
        self.user = user
        address = visitor_address(request)
        # Of no account: what looks the same is one name, as it is for an account. The password's hash stands in the
        # keys, so that a new password, from whomever, begins anew.
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

    def begin(self):
        """Count the try. Raises TooManyTries if it may not be made."""
        try:
            with transaction.atomic():
                if not self.begin_as_known_device():
                    self.begin_as_stranger()
        except Error:
            if connection.in_atomic_block:
                raise
            # Without a counter (a full disk) nobody is kept from signing in.
            logger.exception("tries to sign in are not counted: the database does not write")
        return self

    def begin_as_known_device(self):
        if not self.device:
            return False
        number, _ = counters.count(self.device, seconds=devices.SECONDS)
        return number <= LIMIT

    def begin_as_stranger(self):
        refuse_beyond(LIMIT, *counters.count(self.pair, seconds=SECONDS))
        number, seconds = counters.count(self.address, seconds=ADDRESS_SECONDS)
        if number > ADDRESS_LIMIT and not counters.is_counted(self.known):
            raise TooManyTries(seconds)
        number, _ = counters.count(self.account, seconds=ACCOUNT_SECONDS)
        if number > ACCOUNT_LIMIT:
            refuse_beyond(1, *counters.count(self.pace, seconds=ACCOUNT_PACE))
        self.is_counted = True

    def succeeded(self):
        """Give back what was counted, and more: where people sign in, fewer are strangers."""
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
    """One try to type one's own password again: a stolen session guesses no faster, a stranger hinders nobody."""

    def __init__(self, request, user):
        self.key = counters.key_of("confirm", user.pk, user.password, visitor_address(request))
        self.hour = counters.key_of("confirm", user.pk, user.password)

    def begin(self):
        """Count the try. Raises TooManyTries if it may not be made."""
        with transaction.atomic():
            refuse_beyond(LIMIT, *counters.count(self.key, seconds=SECONDS))
            refuse_beyond(ACCOUNT_LIMIT, *counters.count(self.hour, seconds=ACCOUNT_SECONDS))
        return self

    def succeeded(self):
        counters.forget(self.key, self.hour)


def refuse_beyond(limit, number, seconds):
    if number > limit:
        raise TooManyTries(seconds)


def may_write(request, user, login):
    """Tell whether one more e-mail may go to `user` (None: to nobody, counted all the same)."""
    who = ("account", user.pk) if user else ("name", fold(login))
    try:
        with transaction.atomic():
            refuse_beyond(MAILS, *counters.count(counters.key_of("mail", who), seconds=MAIL_SECONDS))
            address = counters.key_of("mails", visitor_address(request))
            refuse_beyond(ADDRESS_MAILS, *counters.count(address, seconds=MAIL_SECONDS))
    except TooManyTries:
        return False
    return True


def say_when(response, error):
    """Turn the page of a form that was refused by `error` (TooManyTries or None) into a 429."""
    if error:
        response.status_code = 429
        response["Retry-After"] = str(error.seconds)
    return response
