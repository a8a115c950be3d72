"""Why villages are left out, what would bring them in, and what must be given up where no plan exists (§7, §8)."""
