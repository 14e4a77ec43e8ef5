# Who deploys: jobs of one GitHub repository in the environment of this name, whose reviewers are asked first, and the
# people of `deployers`. No key exists: GitHub's token of the job is exchanged for one of an hour. Repository and environment
# are claims of their own; the token's subject has two forms (with and without numbers since 2026) and may be too long.

resource "google_iam_workload_identity_pool" "github" {
  count = var.repository_id == null ? 0 : 1

  workload_identity_pool_id = "github"
  display_name              = "GitHub Actions"

  depends_on = [google_project_service.api]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  # checkov:skip=CKV_GCP_125:It wants the claim sub, which says the same as these two in one of two forms
  count = var.repository_id == null ? 0 : 1

  workload_identity_pool_id          = google_iam_workload_identity_pool.github[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "deployments"
  display_name                       = "Deployments of one repository"
  attribute_condition                = "assertion.repository_id == '${var.repository_id}' && assertion.environment == '${var.environment}'"

  attribute_mapping = {
    "google.subject" = "'repository:' + assertion.repository_id + ':environment:' + assertion.environment"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "deployer" {
  account_id   = "treeline-deployer"
  display_name = "Treeline: deploys the functions, from GitHub Actions or by hand"

  depends_on = [google_project_service.api]
}

resource "google_service_account_iam_member" "github_is_deployer" {
  count = var.repository_id == null ? 0 : 1

  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.github[0].name}/subject/repository:${var.repository_id}:environment:${var.environment}"
}

resource "google_service_account_iam_member" "deployers_are_deployer" {
  for_each = toset(var.deployers)

  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.key
}

resource "google_project_iam_member" "deployer_deploys" {
  # checkov:skip=CKV_GCP_49:The role that source deployments are documented to need; the accounts of this project are these, which a deployment sets anyway
  project = var.project
  role    = "roles/run.sourceDeveloper"
  member  = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_project_iam_member" "deployer_uses_services" {
  project = var.project
  role    = "roles/serviceusage.serviceUsageConsumer"
  member  = "serviceAccount:${google_service_account.deployer.email}"
}

# Reads the error rate that decides between the next step and the way back.
resource "google_project_iam_member" "deployer_reads_metrics" {
  project = var.project
  role    = "roles/monitoring.viewer"
  member  = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_service_account_iam_member" "deployer_sets_function_accounts" {
  for_each = local.functions

  service_account_id = google_service_account.function[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_service_account_iam_member" "deployer_sets_builder" {
  service_account_id = google_service_account.builder.name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${google_service_account.deployer.email}"
}

# The smoke test calls a private service, and for that it needs a token made out to it.
resource "google_service_account_iam_member" "deployer_makes_own_tokens" {
  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_cloud_run_v2_service_iam_member" "deployer_calls_functions" {
  for_each = local.functions

  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${google_service_account.deployer.email}"
}
