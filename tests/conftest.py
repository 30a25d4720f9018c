import pytest
from hypothesis import HealthCheck, settings

# Before anything imports it: the suites that adapters inherit assert, and their failures should say with what.
pytest.register_assert_rewrite("kvasir.testing")

# How fast a machine is today proves nothing about the code.
settings.register_profile("kvasir", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kvasir")
