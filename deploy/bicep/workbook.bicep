// State of each workspace, history of a name, and how much could be seen.
param location string
param tags object
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'private-endpoint-dns')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Private endpoint DNS'
    category: 'workbook'
    version: '1.0'
    sourceId: workspaceId
    serializedData: loadTextContent('../generated/workbook.json')
  }
}
