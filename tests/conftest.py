import pytest

# Before anything imports it: the suites that adapters inherit assert, and their failures should say with what.
pytest.register_assert_rewrite("kvasir.testing")
