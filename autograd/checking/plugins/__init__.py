"""What pytest and Hypothesis load on their own, as the top-level package `glassgrad_plugins`.

Inside `autograd` it would load the engine, for importing a module imports the packages around it.
"""
