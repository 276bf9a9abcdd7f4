output "principal_id" {
  description = "Who reads."
  value       = azapi_resource.identity.output.properties.principalId
}

output "client_id" {
  description = "AZURE_CLIENT_ID of an agent that runs elsewhere."
  value       = azapi_resource.identity.output.properties.clientId
}

output "identity_id" {
  description = "The identity, to be given to a virtual machine or federated with Kubernetes."
  value       = azapi_resource.identity.id
}

output "workspace_id" {
  description = "Where findings are."
  value       = azapi_resource.workspace.id
}

output "ingestion_endpoint" {
  description = "sinks.log_analytics.endpoint of an agent that runs elsewhere."
  value       = azapi_resource.endpoint.output.properties.logsIngestion.endpoint
}

output "rule_immutable_id" {
  description = "sinks.log_analytics.rule_id of an agent that runs elsewhere."
  value       = azapi_resource.rule.output.properties.immutableId
}
