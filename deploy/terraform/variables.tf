variable "name" {
  description = "Begins the names of all resources."
  type        = string
  default     = "pedns"
}

variable "location" {
  description = "The region."
  type        = string
}

variable "resource_group_id" {
  description = "The resource group that gets everything but the role."
  type        = string
}

variable "management_group_id" {
  description = "The id of the management group whose subscriptions are read: the role is made and given there."
  type        = string
}

variable "mode" {
  description = "job on cron, app that stays and asks the DNS servers between two readings, or elsewhere: only what an agent on Kubernetes or a virtual machine needs."
  type        = string
  default     = "app"
  validation {
    condition     = contains(["job", "app", "elsewhere"], var.mode)
    error_message = "mode must be job, app or elsewhere."
  }
}

variable "image" {
  description = "The image in your registry, with its tag or digest."
  type        = string
  default     = ""
}

variable "registry_id" {
  description = "The container registry."
  type        = string
  default     = ""
}

variable "registry_server" {
  description = "Its login server, such as NAME.azurecr.io."
  type        = string
  default     = ""
}

variable "subnet_id" {
  description = "A subnet delegated to Microsoft.App/environments, with the service endpoint Microsoft.Storage. Questions leave from it."
  type        = string
  default     = ""
}

variable "schedule" {
  description = "When to look: five fields, UTC."
  type        = string
  default     = "*/30 * * * *"
}

variable "configuration" {
  description = "The text of agent.toml; without it the one beside this module."
  type        = string
  default     = ""
}

variable "action_group_ids" {
  description = "Action groups that alerts go to."
  type        = list(string)
  default     = []
}

variable "retention_days" {
  description = "Days that findings stay in the workspace."
  type        = number
  default     = 90
}

variable "public_ingestion" {
  description = "Whether rows may also arrive from outside private links: Enabled or Disabled."
  type        = string
  default     = "Enabled"
}

variable "may_diagnose" {
  description = "Also allow the POST behind --azure-diagnose."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of all resources, where a policy asks for them."
  type        = map(string)
  default     = {}
}

variable "silence" {
  description = "Without a heartbeat for so long nobody looks: four times the schedule at least, such as 2h, 12h; from a day on gaps-grow stays silent."
  type        = string
  default     = "2h"
}
