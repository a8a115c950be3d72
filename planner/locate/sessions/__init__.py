"""One county's problems in a row: answers while a slider moves, near a true bound (``docs/model.md`` §17)."""
