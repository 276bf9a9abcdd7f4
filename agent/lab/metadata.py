"""The cloud metadata endpoint of Resource Manager: where the real `az` learns the hosts of a cloud it does not know."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent.lab.builders import TENANT
from agent.lab.clouds import PUBLIC
from collectors.graph.clouds import CLOUDS

CLOUD_NAME = "AgentLab"


async def cloud_metadata(request: Request) -> Response:
    """`GET /metadata/endpoints?api-version=...`, which needs no token: a list of one cloud, the lab itself."""
    return JSONResponse([_cloud(f"{request.url.scheme}://{request.url.netloc}")])


def _cloud(origin: str) -> dict[str, Any]:
    """One cloud. What the lab does not play has no address that anybody could ask by mistake (RFC 2606)."""
    nowhere = "https://nowhere.invalid"
    return {
        "name": CLOUD_NAME,
        "portal": nowhere,
        "resourceManager": origin,
        "authentication": {
            "loginEndpoint": origin,
            "audiences": [CLOUDS[PUBLIC.name].audience],
            "tenant": TENANT,
            "identityProvider": "AAD",
        },
        "graph": nowhere,
        "graphAudience": nowhere,
        "microsoftGraphResourceId": nowhere,
        "gallery": nowhere,
        "batch": nowhere,
        "media": nowhere,
        "sqlManagement": nowhere,
        "suffixes": {
            "storage": PUBLIC.storage,
            "keyVaultDns": PUBLIC.vault,
            "acrLoginServer": PUBLIC.registry,
            "sqlServerHostname": "database.windows.net",
        },
    }
