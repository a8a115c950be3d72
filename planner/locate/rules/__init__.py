"""Rules that a scenario may add to the three-tier model: one or two modules a rule (``docs/model.md`` §14 to §16)."""
