// The read-only role over a management group, and its assignment. Whoever deploys it needs Owner or User Access
// Administrator there: az deployment mg create --management-group-id GROUP --template-file role.bicep
targetScope = 'managementGroup'

@description('The output principalId of main.bicep.')
param principalId string

@description('Also allow the POST behind --azure-diagnose.')
param mayDiagnose bool = false

var role = loadJsonContent('../generated/role.json')
var diagnose = 'Microsoft.MachineLearningServices/workspaces/diagnose/action'

resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(managementGroup().id, role.Name)
  properties: {
    roleName: role.Name
    description: role.Description
    type: 'CustomRole'
    permissions: [
      {
        actions: mayDiagnose ? concat(role.Actions, [diagnose]) : role.Actions
        notActions: []
      }
    ]
    assignableScopes: [managementGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, role.Name)
  properties: {
    roleDefinitionId: definition.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
