// Everything of one deployment in one resource group. The role over what is to be read is role.bicep: another scope.
targetScope = 'resourceGroup'

@description('Begins the names of all resources.')
@minLength(3)
@maxLength(16)
param name string = 'pedns'

param location string = resourceGroup().location

@description('Tags of all resources, where a policy asks for them.')
param tags object = {}

@description('A job on cron, an app that stays and also asks the DNS servers between two readings, or elsewhere: only what an agent on Kubernetes or a virtual machine needs.')
@allowed(['job', 'app', 'elsewhere'])
param mode string = 'app'

@description('The image in your registry, with its tag or digest: REGISTRY.azurecr.io/private-endpoint-dns-agent:VERSION.')
param image string = ''

@description('The container registry, in this resource group.')
param registryName string = ''

@description('A subnet delegated to Microsoft.App/environments, with the service endpoint Microsoft.Storage. Questions leave from it.')
param subnetId string = ''

@description('When to look: five fields, UTC.')
param schedule string = '*/30 * * * *'

@description('The configuration, as in the README. What this deployment makes itself is added by environment variables.')
param configuration string = loadTextContent('../agent.toml')

@description('Action groups that alerts go to.')
param actionGroupIds array = []

@description('Without a heartbeat for so long nobody looks: four times the schedule at least, such as 2h, 12h; from a day on gaps-grow stays silent.')
param silence string = '2h'

@description('Days that findings stay in the workspace.')
@minValue(30)
@maxValue(730)
param retentionDays int = 90

@description('Whether rows may also arrive from outside private links.')
@allowed(['Enabled', 'Disabled'])
param publicIngestion string = 'Enabled'

module identity 'identity.bicep' = {
  name: 'identity'
  params: {
    name: name
    location: location
    tags: tags
    registryName: registryName
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: name
    location: location
    tags: tags
    retentionDays: retentionDays
    principalId: identity.outputs.principalId
    publicIngestion: publicIngestion
  }
}

module environment 'environment.bicep' = if (mode != 'elsewhere') {
  name: 'environment'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: subnetId
    workspaceName: monitoring.outputs.workspaceName
  }
}

module history 'history.bicep' = if (mode != 'elsewhere') {
  name: 'history'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: subnetId
    principalId: identity.outputs.principalId
  }
}

module runner 'runner.bicep' = if (mode != 'elsewhere') {
  name: 'runner'
  params: {
    name: name
    location: location
    tags: tags
    mode: mode
    image: image
    registryServer: identity.outputs.registryServer
    identityId: identity.outputs.id
    clientId: identity.outputs.clientId
    environmentId: environment.outputs.id
    historyUrl: history.outputs.url
    schedule: schedule
    configuration: configuration
    ingestionEndpoint: monitoring.outputs.ingestionEndpoint
    ruleImmutableId: monitoring.outputs.ruleImmutableId
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  params: {
    name: name
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    actionGroupIds: actionGroupIds
    silence: silence
  }
}

module workbook 'workbook.bicep' = {
  name: 'workbook'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

@description('Who must be given the role, by role.bicep.')
output principalId string = identity.outputs.principalId
output clientId string = identity.outputs.clientId
output identityId string = identity.outputs.id
output workspaceId string = monitoring.outputs.workspaceId

@description('For an agent elsewhere: sinks.log_analytics.endpoint and rule_id.')
output ingestionEndpoint string = monitoring.outputs.ingestionEndpoint
output ruleImmutableId string = monitoring.outputs.ruleImmutableId
