// The agent itself: a job on cron, or an app that stays. What it remembers is in a blob: the disk here does not last.
param name string
param location string
param tags object
param mode string
param image string
param registryServer string
param identityId string
param clientId string
param environmentId string
param historyUrl string
param schedule string
param configuration string
param ingestionEndpoint string
param ruleImmutableId string

var registries = [
  {
    server: registryServer
    identity: identityId
  }
]
var secrets = [
  {
    name: 'configuration'
    value: configuration
  }
]
var variables = [
  {
    name: 'AZURE_CLIENT_ID'
    value: clientId
  }
  {
    name: 'AGENT_WATCH__CHECK'
    value: schedule
  }
  {
    name: 'AGENT_HISTORY__URL'
    value: historyUrl
  }
  {
    name: 'AGENT_HISTORY__COPY'
    value: '/var/lib/agent/history.db'
  }
  {
    name: 'AGENT_SINKS__LOG_ANALYTICS__ENDPOINT'
    value: ingestionEndpoint
  }
  {
    name: 'AGENT_SINKS__LOG_ANALYTICS__RULE_ID'
    value: ruleImmutableId
  }
]
var volumes = [
  {
    name: 'configuration'
    storageType: 'Secret'
    secrets: [
      {
        secretRef: 'configuration'
        path: 'agent.toml'
      }
    ]
  }
]
var mounts = [
  {
    volumeName: 'configuration'
    mountPath: '/etc/agent'
  }
]
var watch = ['watch', '--config', '/etc/agent/agent.toml']

resource job 'Microsoft.App/jobs@2026-07-01' = if (mode == 'job') {
  name: '${name}-job'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Schedule'
      replicaTimeout: 1200 // shorter than the schedule
      replicaRetryLimit: 0
      scheduleTriggerConfig: {
        cronExpression: schedule
        parallelism: 1
        replicaCompletionCount: 1
      }
      registries: registries
      secrets: secrets
    }
    template: {
      containers: [
        {
          name: 'agent'
          image: image
          args: concat(watch, ['--once'])
          env: variables
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
          volumeMounts: mounts
        }
      ]
      volumes: volumes
    }
  }
}

resource app 'Microsoft.App/containerApps@2026-07-01' = if (mode == 'app') {
  name: '${name}-app'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: registries
      secrets: secrets
    }
    template: {
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'agent'
          image: image
          args: watch
          env: variables
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
          volumeMounts: mounts
          probes: [
            {
              type: 'Liveness'
              httpGet: {
                path: '/healthz'
                port: 8080
              }
              initialDelaySeconds: 20
              periodSeconds: 30
              failureThreshold: 3
            }
          ]
        }
      ]
      scale: {
        minReplicas: 1 // one is enough: of several one would have the history, and the others would wait
        maxReplicas: 1
      }
      volumes: volumes
    }
  }
}
