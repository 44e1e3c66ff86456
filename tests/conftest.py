"""Options of the test run."""

from hypothesis import settings

# The machine is shared: how long one example takes says nothing about the engine.
settings.register_profile("suite", deadline=None)
# For a night, or after a change to the engine: `pytest --hypothesis-profile=thorough`.
settings.register_profile("thorough", deadline=None, max_examples=3000)
settings.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption(
        "--write-golden", action="store_true", help="write the golden files anew, to be read in git"
    )
