// One rule for each query in ../alerts. A rule stays fired while its query has rows, and fires once for each finding.
param name string
param location string
param tags object
param workspaceId string
param actionGroupIds array
param silence string

var alerts = loadJsonContent('../generated/alerts.json')

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: '${name}-${alert.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.title
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: alert.frequency
    windowSize: alert.window
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: replace(alert.query, 'ago(2h)', 'ago(${silence})')
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: alert.dimensions
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: actionGroupIds
    }
  }
}]
