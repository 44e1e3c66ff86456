"""What tests share: examples, oracles, planted faults, random programs."""
