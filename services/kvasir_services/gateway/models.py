"""`/v1/models`: every ChatDeployment that is ready is a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from kvasir.ports.principal import Scope
from kvasir.rag.engine import Catalogue, Deployment
from kvasir_services.gateway.operations import Operation
from kvasir_services.gateway.replies import json_reply
from kvasir_services.gateway.runtime import CurrentCall


@dataclass(frozen=True, slots=True)
class Model:
    id: str
    created: int
    owned_by: str
    object: str = "model"


@dataclass(frozen=True, slots=True)
class ModelList:
    data: Sequence[Model]
    object: str = "list"


async def list_models(call: CurrentCall) -> Response:
    """The models that can answer now."""
    catalogue = await call.catalogue()
    return json_reply(ModelList([_model(catalogue, one) for _, one in sorted(catalogue.deployments.items())]))


async def get_model(model: str, call: CurrentCall) -> Response:
    """503 with the reason for a model that is not ready."""
    catalogue = await call.catalogue()
    return json_reply(_model(catalogue, catalogue.deployment(model)))


def _model(catalogue: Catalogue, deployment: Deployment) -> Model:
    return Model(deployment.name, deployment.created, catalogue.tenant)


OPERATIONS: Final = (
    Operation("GET", "/v1/models", list_models, Scope.CHAT, response=ModelList, hot=True),
    Operation("GET", "/v1/models/{model}", get_model, Scope.CHAT, response=Model),
)
