"""UPS tracking numbers with valid check digits."""

from __future__ import annotations

SHIPPER = "5R8939"
SERVICE_CODES = {"Ground": "03", "2nd Day Air": "02", "Next Day Air": "01"}


def tracking_number(sequence: int, *, service: str) -> str:
    """A valid 1Z number; the same sequence and service give the same number."""
    body = f"{SHIPPER}{SERVICE_CODES[service]}{sequence:07d}"
    return f"1Z{body}{check_digit(body)}"


def check_digit(body: str) -> int:
    """The last digit that belongs to the fifteen characters after 1Z."""
    total = 0
    for position, character in enumerate(body):
        value = int(character) if character.isdigit() else (ord(character) - 3) % 10
        total += value * 2 if position % 2 else value
    return -total % 10
