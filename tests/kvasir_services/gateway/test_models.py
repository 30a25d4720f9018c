"""Models are the ChatDeployments that are ready."""

from gateway_testbed import Platform
from openai.types import Model


async def test_what_is_ready_is_listed(platform: Platform) -> None:
    async with platform.client() as client:
        listed = (await client.get("/v1/models")).json()
        assert listed["object"] == "list"
        models = [Model.model_validate(one, strict=True) for one in listed["data"]]
        assert [(one.id, one.owned_by) for one in models] == [("assistant", "acme"), ("novice", "acme")]
        assert models[0].created == 1_795_345_200
        assert (await client.get("/v1/models/assistant")).json() == listed["data"][0]


async def test_what_is_not_ready_says_why(platform: Platform) -> None:
    async with platform.client() as client:
        response = await client.get("/v1/models/unready")
    assert response.status_code == 503
    assert "missing" in response.json()["error"]["message"]
