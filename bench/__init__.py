"""Measurements beside their floor, in one run: ``./run bench JOB`` (DEPENDENCIES.md, "Performance").

A job is a module here with ``main(words) -> int``: it runs floor and product by turns, at least three times each, and
prints both medians, their ratio and the goal; 1 where the goal is missed.
"""

JOBS = {
    "benefit": "bench.benefit",
    "export": "bench.export_list",
    "handout": "bench.handout",
    "handout_http": "bench.handout_http",
    "import": "bench.import_roster",
    "list": "bench.list_members",
    "reminders": "bench.reminders",
    "sheets": "bench.sheets",
}
