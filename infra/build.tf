# What `gcloud run deploy --source` uses, under the names it looks for, so that it finds them and need not make them (and
# with gcloud's own word for "google", which no bucket's name may have).

resource "google_storage_bucket" "sources" {
  # checkov:skip=CKV_GCP_62:Writes are in Cloud Audit Logs (google_project_iam_audit_config.storage)
  # checkov:skip=CKV_GCP_78:Sources are built once from a commit, which is the version; a history here would keep nothing more
  name     = "run-sources-${replace(var.project, "google", "elgoog")}-${var.region}"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 30
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:Images hold this repository's code and no data; Google's own keys encrypt them
  repository_id = "cloud-run-source-deploy"
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions, built from source by Cloud Build."

  # Enough to roll back to; revisions that serve keep a copy of their image of their own.
  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_service_account" "builder" {
  account_id   = "treeline-builder"
  display_name = "Treeline: builds the images of the functions"

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "builder_writes_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:${google_service_account.builder.email}"
}

resource "google_artifact_registry_repository_iam_member" "builder_pushes_images" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${google_service_account.builder.email}"
}

resource "google_storage_bucket_iam_member" "builder_reads_sources" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.builder.email}"
}
