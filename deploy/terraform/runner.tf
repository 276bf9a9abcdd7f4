locals {
  hosted        = var.mode == "elsewhere" ? 0 : 1
  configuration = var.configuration != "" ? var.configuration : file("${path.module}/../agent.toml")
  carry         = ["/opt/agent/bin/python", "/opt/agent/carry_history.py", "/var/lib/agent/history.db", "/share/history.db", "--"]
  watch         = ["agent", "watch", "--config", "/etc/agent/agent.toml"]
  registries    = [{ server = var.registry_server, identity = azapi_resource.identity.id }]
  secrets       = [{ name = "configuration", value = local.configuration }]
  variables = [
    { name = "AZURE_CLIENT_ID", value = azapi_resource.identity.output.properties.clientId },
    { name = "AGENT_WATCH__CHECK", value = var.schedule },
    { name = "AGENT_HISTORY__URL", value = "sqlite:////var/lib/agent/history.db" },
    { name = "AGENT_SINKS__LOG_ANALYTICS__ENDPOINT", value = azapi_resource.endpoint.output.properties.logsIngestion.endpoint },
    { name = "AGENT_SINKS__LOG_ANALYTICS__RULE_ID", value = azapi_resource.rule.output.properties.immutableId },
  ]
  mounts = [
    { volumeName = "configuration", mountPath = "/etc/agent" },
    { volumeName = "history", mountPath = "/var/lib/agent" },
    { volumeName = "share", mountPath = "/share" },
  ]
  volumes = [
    { name = "configuration", storageType = "Secret", secrets = [{ secretRef = "configuration", path = "agent.toml" }] },
    { name = "history", storageType = "EmptyDir" },
    {
      name         = "share"
      storageType  = "AzureFile"
      storageName  = one(azapi_resource.mounted[*].name)
      mountOptions = "uid=10001,gid=10001,dir_mode=0700,file_mode=0600"
    },
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
      allowSharedKeyAccess     = true # Container Apps mounts SMB shares with the account's key only
      networkAcls = {
        defaultAction       = "Deny"
        bypass              = "None"
        virtualNetworkRules = [{ id = var.subnet_id }]
      }
    }
  }
}

resource "azapi_resource" "share" {
  count     = local.hosted
  type      = "Microsoft.Storage/storageAccounts/fileServices/shares@2026-09-01"
  name      = "history"
  parent_id = "${azapi_resource.account[0].id}/fileServices/default"
  body = {
    properties = {
      shareQuota = 1
    }
  }
}

resource "azapi_resource_action" "account_keys" {
  count                            = local.hosted
  type                             = "Microsoft.Storage/storageAccounts@2026-09-01"
  resource_id                      = azapi_resource.account[0].id
  action                           = "listKeys"
  sensitive_response_export_values = ["keys"]
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

resource "azapi_resource" "mounted" {
  count     = local.hosted
  type      = "Microsoft.App/managedEnvironments/storages@2026-07-01"
  name      = "history"
  parent_id = azapi_resource.environment[0].id
  body = {
    properties = {
      azureFile = {
        accountName = azapi_resource.account[0].name
        accountKey  = azapi_resource_action.account_keys[0].sensitive_output.keys[0].value
        shareName   = azapi_resource.share[0].name
        accessMode  = "ReadWrite"
      }
    }
  }
}

resource "azapi_resource" "job" {
  count     = var.mode == "job" ? 1 : 0
  type      = "Microsoft.App/jobs@2026-07-01"
  name      = "${var.name}-job"
  location  = var.location
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
        replicaTimeout    = 1200 # shorter than the schedule: two runs must never share the history
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
            command      = local.carry
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
  depends_on = [azapi_resource.pull]
}

resource "azapi_resource" "app" {
  count     = var.mode == "app" ? 1 : 0
  type      = "Microsoft.App/containerApps@2026-07-01"
  name      = "${var.name}-app"
  location  = var.location
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
            command      = local.carry
            args         = local.watch
            env          = local.variables
            resources    = { cpu = 0.5, memory = "1Gi" }
            volumeMounts = local.mounts
            probes       = local.probes
          }
        ]
        scale = {
          minReplicas = 1 # one writer of one history
          maxReplicas = 1
        }
        volumes = local.volumes
      }
    }
  }
  depends_on = [azapi_resource.pull]
}
