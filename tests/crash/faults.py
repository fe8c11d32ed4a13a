"""F1-F5, F7: each strikes in the middle of a wave's work and says how much it killed. Nothing is restarted here."""

import random
from collections.abc import Callable

from core.models import OutboxMessage
from tests.crash.journal import Wave
from tests.crash.union import WORKERS, Union, children_of, kill, sending_to
from tests.notices.mailserver import MailServer
from tests.processes import eventually


def web(union: Union, wave: Wave, mails: MailServer, chance: random.Random) -> None:
    """F1: the whole group of the web server while people send forms."""
    union.until(lambda: len(wave.acknowledged) > chance.randint(2, 6), "pages")
    union.running["web"].kill()
    wave.kills += 1


def whole_worker(union: Union, wave: Wave, mails: MailServer, chance: random.Random) -> None:
    """F2: the worker that is sending mails, with its children."""
    child = busy_child(union, wave, mails, chance)
    next(union.running[name] for name in WORKERS if child in children_of(union.running[name])).kill()
    wave.kills += 1


def pool_child(union: Union, wave: Wave, mails: MailServer, chance: random.Random) -> None:
    """F3: the child that is sending mails, as the out-of-memory killer does it."""
    kill(busy_child(union, wave, mails, chance))
    wave.kills += 1


def relay(union: Union, wave: Wave, mails: MailServer, chance: random.Random) -> None:
    """F4: between publish and mark."""
    union.given["relay"] = ["python", "-m", "tests.crash.dying_relay", str(chance.randint(1, 3))]
    union.running["relay"].kill()
    wave.kills += 1
    union.supervise()
    dying = union.running["relay"]
    union.until(lambda: union.running["relay"] is not dying, "the relay's death after a publish")
    wave.kills += 1


def database(union: Union, wave: Wave, mails: MailServer, chance: random.Random) -> None:
    """F5: the server's first process, while mails go out; back only after a page has felt it."""
    busy_child(union, wave, mails, chance)
    before = union.pids()
    union.server("postgres").kill_group()
    wave.kills += 1
    eventually(lambda: wave.answers["503"] > 0, "503")
    union.until(lambda: OutboxMessage.objects.exists(), "the database is back")
    assert union.pids() == before, "nobody else had to be restarted"


def broker(union: Union, wave: Wave, mails: MailServer, chance: random.Random) -> None:
    """F7: everything in it is gone, the connections stay."""
    busy_child(union, wave, mails, chance)
    with union.broker() as client:
        client.flushall()
    wave.kills += 1


def busy_child(union: Union, wave: Wave, mails: MailServer, chance: random.Random) -> int:
    """A child of a worker with a mail on its way, some mails into this wave."""
    found: list[int] = []
    some = chance.randint(5, 60)

    def in_the_middle() -> bool:
        of_wave = sum(mail["Subject"] == wave.name for mail in list(mails.post.accepted))
        children = [child for name in WORKERS for child in children_of(union.running[name])]
        found[:] = sending_to(mails.port, children) if of_wave >= some else []
        return bool(found)

    union.until(in_the_middle, "a mail under way")
    return found[0]


FAULTS: dict[str, Callable[[Union, Wave, MailServer, random.Random], None]] = {
    "F1": web,
    "F2": whole_worker,
    "F3": pool_child,
    "F4": relay,
    "F5": database,
    "F7": broker,
}
