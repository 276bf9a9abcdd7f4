locals {
  # Built-in roles, https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
  acr_pull          = "7f951dda-4ed3-4680-a7ca-43fe172d538d" # AcrPull
  metrics_publisher = "3913510d-42f4-4e42-8a64-420c390055eb" # Monitoring Metrics Publisher
  blob_contributor  = "ba92f5b4-2d11-453d-a403-e96b0029c9fe" # Storage Blob Data Contributor
  role              = jsondecode(file("${path.module}/../generated/role.json"))
  diagnose          = "Microsoft.MachineLearningServices/workspaces/diagnose/action"
  roles             = "/providers/Microsoft.Authorization/roleDefinitions"
}

resource "azapi_resource" "identity" {
  type                   = "Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30"
  name                   = "${var.name}-identity"
  location               = var.location
  tags                   = var.tags
  parent_id              = var.resource_group_id
  response_export_values = ["properties.principalId", "properties.clientId"]
}

resource "azapi_resource" "pull" {
  count     = var.registry_id != "" ? 1 : 0
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  name      = uuidv5("url", "${var.registry_id}/${azapi_resource.identity.id}/pull")
  parent_id = var.registry_id
  body = {
    properties = {
      roleDefinitionId = "${local.roles}/${local.acr_pull}"
      principalId      = azapi_resource.identity.output.properties.principalId
      principalType    = "ServicePrincipal"
    }
  }
}

resource "azapi_resource" "role" {
  type      = "Microsoft.Authorization/roleDefinitions@2022-04-01"
  name      = uuidv5("url", "${var.management_group_id}/${local.role.Name}")
  parent_id = var.management_group_id
  body = {
    properties = {
      roleName    = local.role.Name
      description = local.role.Description
      type        = "CustomRole"
      permissions = [
        {
          actions    = var.may_diagnose ? concat(local.role.Actions, [local.diagnose]) : local.role.Actions
          notActions = []
        }
      ]
      assignableScopes = [var.management_group_id]
    }
  }
}

resource "azapi_resource" "reader" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  name      = uuidv5("url", "${var.management_group_id}/${azapi_resource.identity.id}/reader")
  parent_id = var.management_group_id
  body = {
    properties = {
      roleDefinitionId = azapi_resource.role.id
      principalId      = azapi_resource.identity.output.properties.principalId
      principalType    = "ServicePrincipal"
    }
  }
}
