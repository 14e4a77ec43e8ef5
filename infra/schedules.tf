# Drift once a day, the monitor every hour. The scheduler has an account that can call these two and do nothing else.

resource "google_service_account" "scheduler" {
  account_id   = "treeline-scheduler"
  display_name = "Treeline: calls drift and monitor on schedule"

  depends_on = [google_project_service.api]
}

resource "google_cloud_run_v2_service_iam_member" "scheduler_calls_drift" {
  name     = google_cloud_run_v2_service.function["drift"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${google_service_account.scheduler.email}"
}

resource "google_cloud_run_v2_service_iam_member" "scheduler_calls_monitor" {
  name     = google_cloud_run_v2_service.function["monitor"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${google_service_account.scheduler.email}"
}

resource "google_cloud_scheduler_job" "drift" {
  name             = "treeline-drift"
  description      = "Compares what the champion served, or the sample of drift_sample, with the champion's profile."
  region           = var.region
  schedule         = var.schedules.drift
  time_zone        = "Etc/UTC"
  paused           = var.schedules.paused
  attempt_deadline = "320s"

  retry_config {
    retry_count = 3
  }

  http_target {
    http_method = "POST"
    uri         = "${google_cloud_run_v2_service.function["drift"].uri}/drift"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(jsonencode(var.drift_sample == null ? {} : { current = var.drift_sample }))

    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = google_cloud_run_v2_service.function["drift"].uri
    }
  }
}

resource "google_cloud_scheduler_job" "monitor" {
  name             = "treeline-monitor"
  description      = "Judges the champion by its latest metrics and drift report."
  region           = var.region
  schedule         = var.schedules.monitor
  time_zone        = "Etc/UTC"
  paused           = var.schedules.paused
  attempt_deadline = "120s"

  retry_config {
    retry_count = 3
  }

  http_target {
    http_method = "POST"
    uri         = "${google_cloud_run_v2_service.function["monitor"].uri}/monitor"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode("{}")

    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = google_cloud_run_v2_service.function["monitor"].uri
    }
  }
}
