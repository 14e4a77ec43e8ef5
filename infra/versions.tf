terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
  }

  # The bucket is named at init (README.md, "Bring-up"), because a backend takes no variables.
  backend "gcs" {
    prefix = "treeline"
  }
}

provider "google" {
  project = var.project
  region  = var.region

  default_labels = {
    app         = "treeline"
    environment = var.environment
  }
}
