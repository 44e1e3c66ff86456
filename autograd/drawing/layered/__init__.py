"""The built-in layered layout: layering, few crossings, coordinates, groups apart."""
