"""Subscriptions and what the identity may do in them."""

from __future__ import annotations

from collections.abc import Sequence

from agent.lab.builders.common import TENANT, document
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId


def subscription(subscription_id: str, name: str) -> Document:
    """A subscription as `GET /subscriptions` lists it."""
    return document(
        "subscription",
        {
            "id": f"/subscriptions/{subscription_id}",
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": subscription_id,
            "tenantId": TENANT,
            "displayName": name,
            "state": "Enabled",
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "EnterpriseAgreement_2014-09-01",
                "spendingLimit": "Off",
            },
        },
    )


def permissions(subscription_id: str, actions: Sequence[str] = ("*/read",)) -> Document:
    """What the identity may do at a subscription. The answer has no id of its own: its path serves."""
    return Document(
        kind="permissions",
        id=ArmId(f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/permissions"),
        body={"value": [{"actions": list(actions), "notActions": []}]},
    )
