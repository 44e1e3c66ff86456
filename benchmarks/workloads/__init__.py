"""Programs that run unchanged on every engine; each prints its measurements as JSON."""
