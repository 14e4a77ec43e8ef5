# The four functions, each a Cloud Run service with an account of its own, and beside each what its account may do.
#
# Terraform owns the shape of a service (account, environment, size), the pipeline its code and its traffic; two owners
# of one field would undo each other's work at every run. A change of shape makes a revision that gets no request until
# the next deployment takes it along, and so does the first apply after a deployment: it lets go of the revision's name,
# for kept under that name the next change would be refused (409, terraform-provider-google#13410).

locals {
  # concurrency: as many bodies of 10 MB as half the memory holds, for drift samples of 64 MB.
  functions = {
    predict = { memory = "512Mi", timeout = "30s", concurrency = 20, min = var.instances.min, max = var.instances.max }
    health  = { memory = "256Mi", timeout = "30s", concurrency = 10, min = 0, max = 2 }
    drift   = { memory = "1Gi", timeout = "300s", concurrency = 2, min = 0, max = 2 }
    monitor = { memory = "512Mi", timeout = "60s", concurrency = 10, min = 0, max = 2 }
  }

  # The variables of functions/config.ts. PORT is Cloud Run's own; README.md says why others are left to their defaults.
  environment = {
    CONTRACT             = var.contract
    GOOGLE_CLOUD_PROJECT = var.project
    LOG_LEVEL            = var.log_level
    MODEL_URI            = local.registry
    MONITORING_PROJECT   = var.project
    SINK_URI             = "bigquery://${var.project}/${google_bigquery_dataset.sink.dataset_id}"
  }
}

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "treeline-${each.key}"
  display_name = "Treeline: runs ${each.key}"

  depends_on = [google_project_service.api]
}

resource "google_cloud_run_v2_service" "function" {
  for_each = local.functions

  name                = each.key
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL" # no caller without run.invoker gets in; see predict_callers
  deletion_protection = var.deletion_protection

  template {
    service_account                  = google_service_account.function[each.key].email
    timeout                          = each.value.timeout
    max_instance_request_concurrency = each.value.concurrency

    scaling {
      min_instance_count = each.value.min
      max_instance_count = each.value.max
    }

    containers {
      image = var.first_image

      resources {
        # Paid for while requests are answered: rows that still wait then are written with the next request, or in the ten
        # seconds that a shutdown gives.
        cpu_idle          = true
        startup_cpu_boost = true
        limits = {
          cpu    = "1"
          memory = each.value.memory
        }
      }

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }

  # Nothing is built from this (see first_image); a deployment puts its own source and image in its place.
  build_config {
    source_location          = "gs://${google_storage_bucket.sources.name}/${each.key}/first.zip"
    function_target          = each.key
    image_uri                = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}/${each.key}"
    base_image               = "${var.region}-docker.pkg.dev/serverless-runtimes/google-24/runtimes/nodejs24"
    enable_automatic_updates = true
    service_account          = google_service_account.builder.id
  }

  lifecycle {
    ignore_changes = [
      annotations,
      build_config,
      client,
      client_version,
      scaling,
      template[0].annotations,
      template[0].containers[0].base_image_uri,
      template[0].containers[0].image,
      template[0].containers[0].name,
      template[0].labels,
      traffic,
    ]
  }

  depends_on = [google_project_service.api]
}

# Each function reads the registry and cannot write to it: what answers customers cannot change what answers them.

resource "google_storage_bucket_iam_member" "predict_reads_models" {
  bucket = google_storage_bucket.models.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.function["predict"].email}"
}

resource "google_storage_bucket_iam_member" "health_reads_models" {
  bucket = google_storage_bucket.models.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.function["health"].email}"
}

resource "google_storage_bucket_iam_member" "drift_reads_models" {
  bucket = google_storage_bucket.models.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.function["drift"].email}"
}

resource "google_storage_bucket_iam_member" "monitor_reads_models" {
  bucket = google_storage_bucket.models.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.function["monitor"].email}"
}

resource "google_project_iam_member" "drift_writes_metrics" {
  project = var.project
  role    = "roles/monitoring.metricWriter"
  member  = "serviceAccount:${google_service_account.function["drift"].email}"
}

resource "google_project_iam_member" "monitor_writes_metrics" {
  project = var.project
  role    = "roles/monitoring.metricWriter"
  member  = "serviceAccount:${google_service_account.function["monitor"].email}"
}

resource "google_cloud_run_v2_service_iam_member" "callers_call_predict" {
  for_each = toset(var.predict_callers)

  name     = google_cloud_run_v2_service.function["predict"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = each.key
}
