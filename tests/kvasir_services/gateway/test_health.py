"""Liveness and readiness."""

import shutil

from gateway_testbed import Platform


async def test_both_answer_without_a_key_and_say_nothing_else(platform: Platform) -> None:
    async with platform.client(key=None) as client:
        for path in ("/healthz", "/readyz"):
            response = await client.get(path)
            assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_a_gateway_without_catalogues_is_alive_and_not_ready(platform: Platform) -> None:
    shutil.rmtree(platform.directory / "serving")
    async with platform.client(key=None) as client:
        assert (await client.get("/healthz")).status_code == 200
        response = await client.get("/readyz")
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert str(platform.directory) not in response.text


async def test_a_gateway_with_closed_stores_is_not_ready(platform: Platform) -> None:
    async with platform.client(key=None) as client:
        await platform.stores.close()
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/healthz")).status_code == 200
