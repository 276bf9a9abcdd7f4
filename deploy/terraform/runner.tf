locals {
  history       = one([for account in azapi_resource.account : "${account.output.properties.primaryEndpoints.blob}history"])
  hosted        = var.mode == "elsewhere" ? 0 : 1
  configuration = var.configuration != "" ? var.configuration : file("${path.module}/../agent.toml")
  watch         = ["watch", "--config", "/etc/agent/agent.toml"]
  registries    = [{ server = var.registry_server, identity = azapi_resource.identity.id }]
  secrets       = [{ name = "configuration", value = local.configuration }]
  variables = [
    { name = "AZURE_CLIENT_ID", value = azapi_resource.identity.output.properties.clientId },
    { name = "AGENT_WATCH__CHECK", value = var.schedule },
    { name = "AGENT_HISTORY__URL", value = local.history },
    { name = "AGENT_HISTORY__COPY", value = "/var/lib/agent/history.db" },
    { name = "AGENT_SINKS__LOG_ANALYTICS__ENDPOINT", value = azapi_resource.endpoint.output.properties.logsIngestion.endpoint },
    { name = "AGENT_SINKS__LOG_ANALYTICS__RULE_ID", value = azapi_resource.rule.output.properties.immutableId },
  ]
  mounts = [
    { volumeName = "configuration", mountPath = "/etc/agent" },
  ]
  volumes = [
    { name = "configuration", storageType = "Secret", secrets = [{ secretRef = "configuration", path = "agent.toml" }] },
  ]
  probes = [
    {
      type                = "Liveness"
      httpGet             = { path = "/healthz", port = 8080 }
      initialDelaySeconds = 20
      periodSeconds       = 30
      failureThreshold    = 3
    }
  ]
}

resource "azapi_resource" "account" {
  count     = local.hosted
  type      = "Microsoft.Storage/storageAccounts@2026-09-01"
  name      = substr("${replace(var.name, "-", "")}${replace(uuidv5("url", var.resource_group_id), "-", "")}", 0, 24)
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  body = {
    kind = "StorageV2"
    sku = {
      name = "Standard_LRS"
    }
    properties = {
      minimumTlsVersion        = "TLS1_2"
      supportsHttpsTrafficOnly = true
      allowBlobPublicAccess    = false
      allowSharedKeyAccess     = false
      networkAcls = {
        defaultAction       = "Deny"
        bypass              = "None"
        virtualNetworkRules = [{ id = var.subnet_id }]
      }
    }
  }
  response_export_values = ["properties.primaryEndpoints.blob"]
}

resource "azapi_resource" "blobs" {
  count     = local.hosted
  type      = "Microsoft.Storage/storageAccounts/blobServices@2026-09-01"
  name      = "default"
  parent_id = azapi_resource.account[0].id
  body = {
    properties = {
      deleteRetentionPolicy = {
        enabled = true
        days    = 7
      }
    }
  }
}

resource "azapi_resource" "container" {
  count     = local.hosted
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2026-09-01"
  name      = "history"
  parent_id = azapi_resource.blobs[0].id
  body = {
    properties = {
      publicAccess = "None"
    }
  }
}

resource "azapi_resource" "keep" {
  count     = local.hosted
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  name      = uuidv5("url", "${azapi_resource.container[0].id}/${azapi_resource.identity.id}/keep")
  parent_id = azapi_resource.container[0].id
  body = {
    properties = {
      roleDefinitionId = "${local.roles}/${local.blob_contributor}"
      principalId      = azapi_resource.identity.output.properties.principalId
      principalType    = "ServicePrincipal"
    }
  }
}

resource "azapi_resource_action" "workspace_keys" {
  count                            = local.hosted
  type                             = "Microsoft.OperationalInsights/workspaces@2025-07-01"
  resource_id                      = azapi_resource.workspace.id
  action                           = "sharedKeys"
  sensitive_response_export_values = ["primarySharedKey"]
}

resource "azapi_resource" "environment" {
  count     = local.hosted
  type      = "Microsoft.App/managedEnvironments@2026-07-01"
  name      = "${var.name}-environment"
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  body = {
    properties = {
      vnetConfiguration = {
        infrastructureSubnetId = var.subnet_id
        internal               = true
      }
      workloadProfiles = [{ name = "Consumption", workloadProfileType = "Consumption" }]
      appLogsConfiguration = {
        destination = "log-analytics"
        logAnalyticsConfiguration = {
          customerId = azapi_resource.workspace.output.properties.customerId
          sharedKey  = azapi_resource_action.workspace_keys[0].sensitive_output.primarySharedKey
        }
      }
    }
  }
}

resource "azapi_resource" "job" {
  count     = var.mode == "job" ? 1 : 0
  type      = "Microsoft.App/jobs@2026-07-01"
  name      = "${var.name}-job"
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  identity {
    type         = "UserAssigned"
    identity_ids = [azapi_resource.identity.id]
  }
  body = {
    properties = {
      environmentId       = azapi_resource.environment[0].id
      workloadProfileName = "Consumption"
      configuration = {
        triggerType       = "Schedule"
        replicaTimeout    = 1200 # shorter than the schedule
        replicaRetryLimit = 0
        scheduleTriggerConfig = {
          cronExpression         = var.schedule
          parallelism            = 1
          replicaCompletionCount = 1
        }
        registries = local.registries
        secrets    = local.secrets
      }
      template = {
        containers = [
          {
            name         = "agent"
            image        = var.image
            args         = concat(local.watch, ["--once"])
            env          = local.variables
            resources    = { cpu = 0.5, memory = "1Gi" }
            volumeMounts = local.mounts
          }
        ]
        volumes = local.volumes
      }
    }
  }
  depends_on = [azapi_resource.pull, azapi_resource.keep]
}

resource "azapi_resource" "app" {
  count     = var.mode == "app" ? 1 : 0
  type      = "Microsoft.App/containerApps@2026-07-01"
  name      = "${var.name}-app"
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  identity {
    type         = "UserAssigned"
    identity_ids = [azapi_resource.identity.id]
  }
  body = {
    properties = {
      environmentId       = azapi_resource.environment[0].id
      workloadProfileName = "Consumption"
      configuration = {
        activeRevisionsMode = "Single"
        registries          = local.registries
        secrets             = local.secrets
      }
      template = {
        terminationGracePeriodSeconds = 60
        containers = [
          {
            name         = "agent"
            image        = var.image
            args         = local.watch
            env          = local.variables
            resources    = { cpu = 0.5, memory = "1Gi" }
            volumeMounts = local.mounts
            probes       = local.probes
          }
        ]
        scale = {
          minReplicas = 1 # one is enough: of several one would have the history, and the others would wait
          maxReplicas = 1
        }
        volumes = local.volumes
      }
    }
  }
  depends_on = [azapi_resource.pull, azapi_resource.keep]
}
