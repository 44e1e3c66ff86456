"""Pictures of recorded graphs: a snapshot, and pure functions of it."""
