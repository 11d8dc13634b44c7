"""What the office does on a working day: leases, names, web pages by the proxy, mail, files, few who go to the DMZ.

Every machine draws its own turns from the seed and its name. Outside office hours it is quiet; servers keep their time.
"""

from __future__ import annotations

from .links import infra, ntp, rdp, smb, smtp, ssh, web
from .plan import BY_NAME, DOMAIN, HOSTS

HOUR, DAY = 3_600.0, 86_400.0
BEGIN, END = 7.5 * HOUR, 17.5 * HOUR  # of the day; each machine a little earlier or later
PAUSE_S = 60.0  # between two things that one machine does, on average
NIGHT_PACE = 60.0
WORKSTATIONS = [h.name for h in HOSTS if h.zone == "enterprise" and h.role == "workstation"]
PLANNERS, ADMINS = ("pc-04", "pc-07"), ("pc-01", "pc-02")
TIMEKEEPERS = ("historian", "engineering", "mes", "hmi-water", "hmi-bottling", "alarm-server", "jump", "mirror",
               "update", "bms", "files", "mail", "proxy")
TIME_EVERY_S = 2_048.0
PAGES = (("www.example.org", "/"), ("www.example.org", "/weather"), ("news.example.com", "/today"),
         ("maps.example.com", "/route"), ("cdn.example.net", "/fonts/a"),
         ("support.vendor.example", "/manuals"))
PARTNERS = ("orders@example.org", "lab@example.org")
SUBJECTS = ("Shift plan", "Samples", "Order", "Meeting", "Filter media", "Invoice")


def office_rhythm(world) -> None:
    """Put everything on the theatre's list."""
    theatre, begin = world.theatre, world.epoch % DAY
    for number, name in enumerate(WORKSTATIONS):
        theatre.at(0.2 + 0.35 * number, name, lambda w, n=name: infra.lease(w, BY_NAME[n]), "lease")
        numbers = theatre.random("office", name)
        starts, ends = BEGIN + numbers.uniform(-1_800.0, 1_800.0), END + numbers.uniform(-1_800.0, 1_800.0)
        theatre.every(DAY, name, lambda w, n=name: infra.lease(w, BY_NAME[n]), "lease",
                      first=_next(starts - 30.0, begin))
        theatre.at(5.0 + numbers.uniform(0.0, PAUSE_S), name, _turns(name, numbers, starts, ends), "desk")
    for name in TIMEKEEPERS:
        theatre.every(TIME_EVERY_S, name, lambda w, n=name: ntp.query(w, n), "time", jitter=0.02)
    for number, name in enumerate(ADMINS):
        theatre.every(DAY, name, _admin, "admin", first=_next((9.5 + 4 * number) * HOUR + 400.0, begin))
    for number, name in enumerate(("hmi-water", "hmi-bottling", "historian", "engineering", "mes")):
        theatre.every(DAY, name, lambda w, n=name: web.download(w, n, "update", f"/patches/{_day(w)}.cab"), "update",
                      first=_next(3.0 * HOUR + 420.0 * number, begin))
    theatre.every(DAY, "mirror", lambda w: web.via_proxy(w, "mirror", "cdn.example.net", "/signatures"), "signatures",
                  first=_next(4.0 * HOUR, begin))


def _next(of_day: float, begin: float) -> float:
    """Seconds from the beginning of the run to that time of the day."""
    return (of_day - begin) % DAY


def _day(world) -> int:
    return int(world.plant_time() // DAY)


def _turns(name: str, numbers, starts: float, ends: float):
    """One thing a machine does; it plans the next before."""

    def turn(world) -> None:
        of_day = world.plant_time() % DAY
        working = starts <= of_day < ends
        pause = numbers.expovariate(1.0 / PAUSE_S) + 2.0
        rest = pause if working else min(pause * NIGHT_PACE, _next(starts, of_day) + pause)
        world.theatre.at(world.theatre.now + rest, name, turn, "desk")
        if working:
            _do(world, name, numbers)
        else:
            infra.lookup(world, name, "www.example.org")  # left switched on, it asks for its updates

    return turn


def _do(world, name: str, numbers) -> None:
    """Something that people do at a desk."""
    chance = numbers.random()
    if chance < 0.45:
        host, path = numbers.choice(PAGES)
        infra.lookup(world, name, f"proxy.{DOMAIN}")
        web.via_proxy(world, name, host, path, secure=numbers.random() < 0.8)
    elif chance < 0.65:
        _files(world, name, numbers)
    elif chance < 0.77:
        infra.lookup(world, name, f"mail.{DOMAIN}")
        to = numbers.choice(PARTNERS) if numbers.random() < 0.25 else numbers.choice(WORKSTATIONS)
        smtp.send(world, name, to, numbers.choice(SUBJECTS), numbers.randrange(400, 9_000))
    elif chance < 0.80:
        ntp.query(world, name)
    elif chance < 0.87 and name in PLANNERS:
        infra.lookup(world, name, f"mirror.{DOMAIN}")
        web.tls_get(world, name, "mirror", "/reports/day")
    else:
        known = (f"files.{DOMAIN}", f"intranet.{DOMAIN}", "www.example.org", "cdn.example.net")
        infra.lookup(world, name, numbers.choice(known))


def _files(world, name: str, numbers) -> None:
    """A file read; sometimes written back; the connection is closed, as clients do when nothing happens."""
    infra.lookup(world, name, f"files.{DOMAIN}")
    folder = numbers.choice(("plans", "reports", "drawings"))
    number = numbers.randrange(12)
    again = numbers.random() < 0.3
    file = smb.file_name(folder, number)
    try:
        smb.read_file(world, name, "files", f"{folder}/{file}")
    except smb.Refused:  # somebody took it away
        again = False
    if again:
        smb.write_file(world, name, "files", f"{folder}/{file}", numbers.randrange(6_000, 24_000), normal=True)
    smb.leave(world, name, "files")


def _admin(world) -> None:
    """An administrator looks after the jump host."""
    name = world.theatre.current.actor
    infra.lookup(world, name, f"jump.{DOMAIN}")
    if name == ADMINS[0]:
        ssh.session(world, name, "jump", "operator", "rain-barrel-4")
    else:
        rdp.login(world, name, "jump", "operator")
