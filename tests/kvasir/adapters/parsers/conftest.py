import pytest

pytest.register_assert_rewrite("kvasir.testing")
