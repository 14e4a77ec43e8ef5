output "github_variables" {
  description = "The variables of the GitHub environment of this name; .github/workflows/deploy.yml reads them. None is a secret."
  value = {
    CONTRACT                       = var.contract
    GCP_PROJECT                    = var.project
    GCP_REGION                     = var.region
    GCP_WORKLOAD_IDENTITY_PROVIDER = one(google_iam_workload_identity_pool_provider.github[*].name)
    GCP_DEPLOYER                   = google_service_account.deployer.email
    GCP_BUILDER                    = google_service_account.builder.email
  }
}

output "registry" {
  description = "MODEL_URI for everything that trains, promotes or scores."
  value       = local.registry
}

output "service_urls" {
  description = "Where each function answers, to callers who may."
  value       = { for name, service in google_cloud_run_v2_service.function : name => service.uri }
}
