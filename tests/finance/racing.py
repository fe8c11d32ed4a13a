"""What the races of the fund share: the pause that lets a missing lock go wrong, and what came of it."""

from collections import Counter

from django.db import connection

from finance.codes import CannotBook, Refusal
from finance.services import posting

NO_LOCK = (
    "CREATE OR REPLACE FUNCTION finance_hold(lines bigint[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$",
)
NO_CONSTRAINT = ("ALTER TABLE finance_budgetline DROP CONSTRAINT budget_line_never_overspent",)


def with_a_pause(monkeypatch) -> None:
    """Between the check and the write, so that whoever is let in without a lock has time to go wrong."""
    judge = posting.judge

    def slow(*given) -> None:
        judge(*given)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.002)")

    monkeypatch.setattr(posting, "judge", slow)


def again_while_busy(call):
    """What a client does who is told 忙，请重试."""
    while True:
        try:
            return call()
        except CannotBook as refusal:
            if refusal.code is not Refusal.BUSY:
                raise


def outcome(answers: list) -> Counter:
    wrong = [one for one in answers if isinstance(one, Exception) and not isinstance(one, CannotBook)]
    assert wrong == []
    return Counter(one.code if isinstance(one, CannotBook) else "done" for one in answers)
