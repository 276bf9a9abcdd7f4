# Asks from a spoke: no identity and no right in Azure, only a network. Started by hand, it runs the question plan that
# lies on the share and leaves the answers beside it.
resource "azapi_resource" "account" {
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
  type      = "Microsoft.Storage/storageAccounts/fileServices/shares@2026-09-01"
  name      = "questions"
  parent_id = "${azapi_resource.account.id}/fileServices/default"
  body = {
    properties = {
      shareQuota = 1
    }
  }
}

resource "azapi_resource_action" "account_keys" {
  type                             = "Microsoft.Storage/storageAccounts@2026-09-01"
  resource_id                      = azapi_resource.account.id
  action                           = "listKeys"
  sensitive_response_export_values = ["keys"]
}

resource "azapi_resource_action" "workspace_keys" {
  type                             = "Microsoft.OperationalInsights/workspaces@2025-07-01"
  resource_id                      = var.workspace_id
  action                           = "sharedKeys"
  sensitive_response_export_values = ["primarySharedKey"]
}

resource "azapi_resource" "environment" {
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
          customerId = var.workspace_customer_id
          sharedKey  = azapi_resource_action.workspace_keys.sensitive_output.primarySharedKey
        }
      }
    }
  }
}

resource "azapi_resource" "mounted" {
  type      = "Microsoft.App/managedEnvironments/storages@2026-07-01"
  name      = "questions"
  parent_id = azapi_resource.environment.id
  body = {
    properties = {
      azureFile = {
        accountName = azapi_resource.account.name
        accountKey  = azapi_resource_action.account_keys.sensitive_output.keys[0].value
        shareName   = azapi_resource.share.name
        accessMode  = "ReadWrite"
      }
    }
  }
}

resource "azapi_resource" "job" {
  type      = "Microsoft.App/jobs@2026-07-01"
  name      = "${var.name}-questions"
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  identity {
    type         = "UserAssigned"
    identity_ids = [var.pull_identity_id]
  }
  body = {
    properties = {
      environmentId       = azapi_resource.environment.id
      workloadProfileName = "Consumption"
      configuration = {
        triggerType       = "Manual"
        replicaTimeout    = 900
        replicaRetryLimit = 0
        manualTriggerConfig = {
          parallelism            = 1
          replicaCompletionCount = 1
        }
        registries = [{ server = var.registry_server, identity = var.pull_identity_id }]
      }
      template = {
        containers = [
          {
            name         = "questions"
            image        = var.image
            command      = ["agent"]
            args         = ["ask", "--plan", "/share/plan.json", "--vantage", var.vantage, "--output", "/share/answers.json"]
            resources    = { cpu = 0.25, memory = "0.5Gi" }
            volumeMounts = [{ volumeName = "share", mountPath = "/share" }]
          }
        ]
        volumes = [
          {
            name         = "share"
            storageType  = "AzureFile"
            storageName  = azapi_resource.mounted.name
            mountOptions = "uid=10001,gid=10001,dir_mode=0700,file_mode=0600"
          }
        ]
      }
    }
  }
}
