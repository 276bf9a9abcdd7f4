variable "name" {
  description = "Begins the names of all resources."
  type        = string
  default     = "pedns-spoke"
}

variable "location" {
  description = "The region."
  type        = string
}

variable "resource_group_id" {
  description = "The resource group that gets everything."
  type        = string
}

variable "image" {
  description = "The image, as in the main module."
  type        = string
}

variable "pull_identity_id" {
  description = "A user-assigned identity that may pull the image, and nothing else."
  type        = string
}

variable "registry_server" {
  description = "The login server of the registry."
  type        = string
}

variable "subnet_id" {
  description = "A subnet of the spoke, delegated to Microsoft.App/environments, with the service endpoint Microsoft.Storage."
  type        = string
}

variable "vantage" {
  description = "The name of the vantage in agent.toml that stands in this spoke."
  type        = string
}

variable "workspace_id" {
  description = "The workspace that takes the container's log: an output of the main module."
  type        = string
}

variable "workspace_customer_id" {
  description = "Its customer id."
  type        = string
}

variable "tags" {
  description = "Tags of all resources, where a policy asks for them."
  type        = map(string)
  default     = {}
}
