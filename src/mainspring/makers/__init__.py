"""The makers of bundles, and what each writes into them: one module for each."""
