// Asks from a spoke: no identity and no right in Azure, only a network. Started by hand, it runs the question plan that
// lies on the share and leaves the answers beside it.
targetScope = 'resourceGroup'

param name string = 'pedns-spoke'
param location string = resourceGroup().location

@description('Tags of all resources, where a policy asks for them.')
param tags object = {}
param image string

@description('A user-assigned identity that may pull the image, and nothing else.')
param pullIdentityId string
param registryServer string

@description('A subnet of the spoke, delegated to Microsoft.App/environments, with the service endpoint Microsoft.Storage.')
param subnetId string

@description('The name of the vantage in agent.toml that stands in this spoke.')
param vantage string

param workspaceName string

module environment 'environment.bicep' = {
  name: 'environment'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: subnetId
    workspaceName: workspaceName
  }
}

module share 'share.bicep' = {
  name: 'share'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: subnetId
    environmentName: environment.outputs.name
  }
}

resource job 'Microsoft.App/jobs@2026-07-01' = {
  name: '${name}-questions'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${pullIdentityId}': {}
    }
  }
  properties: {
    environmentId: environment.outputs.id
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Manual'
      replicaTimeout: 900
      replicaRetryLimit: 0
      manualTriggerConfig: {
        parallelism: 1
        replicaCompletionCount: 1
      }
      registries: [
        {
          server: registryServer
          identity: pullIdentityId
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'questions'
          image: image
          command: ['agent']
          args: ['ask', '--plan', '/share/plan.json', '--vantage', vantage, '--output', '/share/answers.json']
          resources: {
            cpu: json('0.25')
            memory: '0.5Gi'
          }
          volumeMounts: [
            {
              volumeName: 'share'
              mountPath: '/share'
            }
          ]
        }
      ]
      volumes: [
        {
          name: 'share'
          storageType: 'AzureFile'
          storageName: share.outputs.storageName
          mountOptions: 'uid=10001,gid=10001,dir_mode=0700,file_mode=0600'
        }
      ]
    }
  }
}
