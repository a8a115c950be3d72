"""Two-echelon location with one site a demand: hubs, sites, demands (``docs/model.md`` §11.5)."""
