"""The intermediate representation: a program of numbered registers, and the passes over it."""
