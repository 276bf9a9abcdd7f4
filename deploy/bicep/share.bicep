// A share for the question plan and the answers of a spoke, mounted into its environment.
param name string
param location string
param tags object
param subnetId string
param environmentName string

resource environment 'Microsoft.App/managedEnvironments@2026-07-01' existing = {
  name: environmentName
}

resource account 'Microsoft.Storage/storageAccounts@2026-09-01' = {
  name: take('${replace(name, '-', '')}${uniqueString(resourceGroup().id)}', 24)
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: true // Container Apps mounts SMB shares with the account's key only
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'None'
      virtualNetworkRules: [
        {
          id: subnetId
        }
      ]
    }
  }
}

resource files 'Microsoft.Storage/storageAccounts/fileServices@2026-09-01' = {
  parent: account
  name: 'default'
}

resource share 'Microsoft.Storage/storageAccounts/fileServices/shares@2026-09-01' = {
  parent: files
  name: 'questions'
  properties: {
    shareQuota: 1
  }
}

resource mounted 'Microsoft.App/managedEnvironments/storages@2026-07-01' = {
  parent: environment
  name: 'questions'
  properties: {
    azureFile: {
      accountName: account.name
      accountKey: account.listKeys().keys[0].value
      shareName: share.name
      accessMode: 'ReadWrite'
    }
  }
}

output storageName string = mounted.name
