"""How often a gradient check is wrong: ours and its peers', on functions made by seed."""
