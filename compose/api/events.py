"""Events, the subject of the API. Number N always has the same venue and seats; the database has the same rows."""

VENUES = ("Hall of Mirrors", "Old Brewery", "Harbour Stage", "Winter Garden")
LAST = 16_000
TABLES = 32  # event N is in table N mod 32


def event(number: int) -> dict[str, int | str]:
    return {"id": number, "venue": VENUES[number % len(VENUES)], "seats": 50 + number * 7919 % 950}


def table(number: int) -> str:
    return f"event_{number % TABLES:02d}"
