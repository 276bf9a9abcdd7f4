locals {
  columns = jsondecode(file("${path.module}/../generated/columns.json"))
  alerts  = { for alert in jsondecode(file("${path.module}/../generated/alerts.json")) : alert.name => alert }
  table   = "PrivateDnsFindings_CL"
  stream  = "Custom-PrivateDnsFindings_CL"
}

resource "azapi_resource" "workspace" {
  type      = "Microsoft.OperationalInsights/workspaces@2025-07-01"
  name      = "${var.name}-logs"
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  body = {
    properties = {
      sku = {
        name = "PerGB2018"
      }
      retentionInDays                 = var.retention_days
      publicNetworkAccessForIngestion = var.public_ingestion
    }
  }
  response_export_values = ["properties.customerId"]
}

resource "azapi_resource" "table" {
  type      = "Microsoft.OperationalInsights/workspaces/tables@2025-07-01"
  name      = local.table
  parent_id = azapi_resource.workspace.id
  body = {
    properties = {
      plan            = "Analytics"
      retentionInDays = var.retention_days
      schema = {
        name    = local.table
        columns = jsondecode(file("${path.module}/../generated/table.json"))
      }
    }
  }
}

resource "azapi_resource" "endpoint" {
  type      = "Microsoft.Insights/dataCollectionEndpoints@2023-03-11"
  name      = "${var.name}-ingestion"
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  body = {
    properties = {
      networkAcls = {
        publicNetworkAccess = var.public_ingestion
      }
    }
  }
  response_export_values = ["properties.logsIngestion.endpoint"]
}

resource "azapi_resource" "rule" {
  type      = "Microsoft.Insights/dataCollectionRules@2023-03-11"
  name      = "${var.name}-findings"
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  body = {
    properties = {
      dataCollectionEndpointId = azapi_resource.endpoint.id
      streamDeclarations = {
        (local.stream) = {
          columns = local.columns
        }
      }
      destinations = {
        logAnalytics = [
          {
            name                = "findings"
            workspaceResourceId = azapi_resource.workspace.id
          }
        ]
      }
      dataFlows = [
        {
          streams      = [local.stream]
          destinations = ["findings"]
          transformKql = "source"
          outputStream = local.stream
        }
      ]
    }
  }
  response_export_values = ["properties.immutableId"]
  depends_on             = [azapi_resource.table]
}

resource "azapi_resource" "publish" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  name      = uuidv5("url", "${azapi_resource.rule.id}/${azapi_resource.identity.id}/publish")
  parent_id = azapi_resource.rule.id
  body = {
    properties = {
      roleDefinitionId = "${local.roles}/${local.metrics_publisher}"
      principalId      = azapi_resource.identity.output.properties.principalId
      principalType    = "ServicePrincipal"
    }
  }
}

resource "azapi_resource" "alert" {
  for_each  = local.alerts
  type      = "Microsoft.Insights/scheduledQueryRules@2023-12-01"
  name      = "${var.name}-${each.key}"
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  body = {
    kind = "LogAlert"
    properties = {
      displayName         = each.value.title
      description         = each.value.description
      severity            = each.value.severity
      enabled             = true
      scopes              = [azapi_resource.workspace.id]
      evaluationFrequency = each.value.frequency
      windowSize          = each.value.window
      autoMitigate        = true
      criteria = {
        allOf = [
          {
            query           = replace(each.value.query, "ago(2h)", "ago(${var.silence})")
            timeAggregation = "Count"
            operator        = "GreaterThan"
            threshold       = 0
            dimensions      = each.value.dimensions
            failingPeriods = {
              numberOfEvaluationPeriods = 1
              minFailingPeriodsToAlert  = 1
            }
          }
        ]
      }
      actions = {
        actionGroups = var.action_group_ids
      }
    }
  }
  depends_on = [azapi_resource.table]
}

resource "azapi_resource" "workbook" {
  type      = "Microsoft.Insights/workbooks@2023-06-01"
  name      = uuidv5("url", "${var.resource_group_id}/private-endpoint-dns")
  location  = var.location
  tags      = var.tags
  parent_id = var.resource_group_id
  body = {
    kind = "shared"
    properties = {
      displayName    = "Private endpoint DNS"
      category       = "workbook"
      version        = "1.0"
      sourceId       = azapi_resource.workspace.id
      serializedData = file("${path.module}/../generated/workbook.json")
    }
  }
}
