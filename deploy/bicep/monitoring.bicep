// Where findings go: a workspace, a table with the columns of a row, and the rule by which rows may be sent there.
param name string
param location string
param tags object
param retentionDays int
param principalId string
param publicIngestion string

// Monitoring Metrics Publisher, which the Logs Ingestion API asks for on the rule.
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/monitor#monitoring-metrics-publisher
var publisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var columns = loadJsonContent('../generated/columns.json')
var stream = 'Custom-PrivateDnsFindings_CL'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: '${name}-logs'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    publicNetworkAccessForIngestion: publicIngestion
  }
}

resource table 'Microsoft.OperationalInsights/workspaces/tables@2025-07-01' = {
  parent: workspace
  name: 'PrivateDnsFindings_CL'
  properties: {
    plan: 'Analytics'
    retentionInDays: retentionDays
    schema: {
      name: 'PrivateDnsFindings_CL'
      columns: loadJsonContent('../generated/table.json')
    }
  }
}

resource endpoint 'Microsoft.Insights/dataCollectionEndpoints@2023-03-11' = {
  name: '${name}-ingestion'
  location: location
  tags: tags
  properties: {
    networkAcls: {
      publicNetworkAccess: publicIngestion
    }
  }
}

resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: '${name}-findings'
  location: location
  tags: tags
  dependsOn: [
    table
  ]
  properties: {
    dataCollectionEndpointId: endpoint.id
    streamDeclarations: {
      '${stream}': {
        columns: columns
      }
    }
    destinations: {
      logAnalytics: [
        {
          name: 'findings'
          workspaceResourceId: workspace.id
        }
      ]
    }
    dataFlows: [
      {
        streams: [stream]
        destinations: ['findings']
        transformKql: 'source'
        outputStream: stream
      }
    ]
  }
}

resource publish 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(rule.id, principalId, publisher)
  scope: rule
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', publisher)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output workspaceId string = workspace.id
output workspaceName string = workspace.name
output ingestionEndpoint string = endpoint.properties.logsIngestion.endpoint
output ruleImmutableId string = rule.properties.immutableId
