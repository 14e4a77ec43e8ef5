# One project per environment holds all of this. Names are fixed where another tool looks for them (build.tf).

locals {
  registry = "gs://${google_storage_bucket.models.name}/${var.contract}"

  services = toset([
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "run.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ])
}

# Whatever refers to no other resource waits for these by name (depends_on); the rest waits with what it refers to.
resource "google_project_service" "api" {
  for_each = local.services

  service            = each.key
  disable_on_destroy = false
}
