import pytest

from kvasir.adapters.embedded.ledger import Ledger
from kvasir.ports.documents import Documents, Generations
from kvasir.testing.documents import DocumentsSuite
from kvasir.testing.generations import GenerationsSuite


class _OneLedger:
    @pytest.fixture
    def documents(self, ledger: Ledger) -> Documents:
        return ledger.documents

    @pytest.fixture
    def generations(self, ledger: Ledger) -> Generations:
        return ledger.generations


class TestSqliteDocuments(_OneLedger, DocumentsSuite):
    pass


class TestSqliteGenerations(_OneLedger, GenerationsSuite):
    pass
