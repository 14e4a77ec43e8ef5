# Model versions, promotion history, and the samples that drift reads. Versions are never changed by Treeline; what
# someone else deletes or replaces can be had back for retention_days. A locked retention policy would be stricter and
# would refuse the one object that is replaced by design (drift/latest.json) and the clearing away of killed trainings.

resource "google_storage_bucket" "models" {
  # checkov:skip=CKV_GCP_62:Writes are in Cloud Audit Logs (google_project_iam_audit_config.storage); access logs as objects would be a second, slower copy
  name     = "${replace(var.project, "google", "elgoog")}-treeline-models"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = 30 * 24 * 3600
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = var.retention_days
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "trainers_write_models" {
  for_each = toset(var.trainers)

  bucket = google_storage_bucket.models.name
  role   = "roles/storage.objectUser"
  member = each.key
}

# Who wrote or deleted what, of a registry whose champion answers customers.
resource "google_project_iam_audit_config" "storage" {
  project = var.project
  service = "storage.googleapis.com"

  audit_log_config {
    log_type = "ADMIN_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }

  depends_on = [google_project_service.api]
}
