"""Options of the test run."""


def pytest_addoption(parser):
    parser.addoption(
        "--write-golden", action="store_true", help="write the golden files anew, to be read in git"
    )
