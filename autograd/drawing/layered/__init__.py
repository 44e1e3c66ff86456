"""The steps of the built-in layout: columns, few crossings, straight lines, groups apart."""
