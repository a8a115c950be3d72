"""Side-by-side measurements: each prints ratios against a named peer taken in the same run."""
