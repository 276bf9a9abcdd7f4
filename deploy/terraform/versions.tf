# One provider, which speaks ARM's own words: the bodies here are those of ../bicep, and are checked in the same way.
terraform {
  required_version = ">= 1.9"
  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
  }
}
