"""Capacitated location: Lagrangian bounds, branch and bound over sites, cores (``docs/model.md`` §11.4)."""
