# Where predictions, feature counts, outcomes, metrics, drift reports and plans are kept. tables.json is written from the code
# (node infra/write-tables.ts), so that a column exists once; a test compares the two.

locals {
  tables = jsondecode(file("${path.module}/tables.json"))

  # What is kept as evidence has no end; of what is written of single predictions the day does.
  expiring = [for name, table in local.tables : name if can(table.timePartitioning.expirationMs)]
}

resource "google_bigquery_dataset" "sink" {
  # checkov:skip=CKV_GCP_81:Rows hold a hash of the features and no customer's data; Google's own keys encrypt them
  dataset_id                 = "treeline"
  location                   = var.region
  description                = "Predictions, outcomes, metrics, drift reports and plans of Treeline."
  delete_contents_on_destroy = false
  max_time_travel_hours      = 168

  depends_on = [google_project_service.api]
}

resource "google_bigquery_table" "sink" {
  # checkov:skip=CKV_GCP_80:As the dataset: Google's own keys encrypt it
  for_each = local.tables

  dataset_id          = google_bigquery_dataset.sink.dataset_id
  table_id            = each.key
  description         = each.value.description
  schema              = jsonencode(each.value.schema.fields)
  clustering          = each.value.clustering.fields
  deletion_protection = var.deletion_protection

  time_partitioning {
    type          = each.value.timePartitioning.type
    field         = each.value.timePartitioning.field
    expiration_ms = contains(local.expiring, each.key) ? var.retention_days * 24 * 3600 * 1000 : 0
  }
}

# dataEditor could also read, change and drop the table; a function that logs only appends.
resource "google_project_iam_custom_role" "row_writer" {
  role_id     = "treelineRowWriter"
  title       = "Treeline row writer"
  description = "Appends rows to a table and can neither read nor drop it."
  permissions = ["bigquery.tables.get", "bigquery.tables.updateData"]

  depends_on = [google_project_service.api]
}

# Streaming rows is documented to need the dataset's metadata too, which a grant on a table cannot give; dataViewer could.
resource "google_project_iam_custom_role" "dataset_finder" {
  role_id     = "treelineDatasetFinder"
  title       = "Treeline dataset finder"
  description = "Sees that a dataset is there, and nothing of what is in it."
  permissions = ["bigquery.datasets.get"]

  depends_on = [google_project_service.api]
}

resource "google_bigquery_dataset_iam_member" "predict_finds_dataset" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  role       = google_project_iam_custom_role.dataset_finder.name
  member     = "serviceAccount:${google_service_account.function["predict"].email}"
}

resource "google_bigquery_dataset_iam_member" "drift_finds_dataset" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  role       = google_project_iam_custom_role.dataset_finder.name
  member     = "serviceAccount:${google_service_account.function["drift"].email}"
}

resource "google_bigquery_dataset_iam_member" "jobs_find_dataset" {
  for_each = toset(var.outcome_writers)

  dataset_id = google_bigquery_dataset.sink.dataset_id
  role       = google_project_iam_custom_role.dataset_finder.name
  member     = each.key
}

resource "google_bigquery_table_iam_member" "predict_writes_predictions" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["predictions"].table_id
  role       = google_project_iam_custom_role.row_writer.name
  member     = "serviceAccount:${google_service_account.function["predict"].email}"
}

resource "google_bigquery_table_iam_member" "predict_writes_counts" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["feature_counts"].table_id
  role       = google_project_iam_custom_role.row_writer.name
  member     = "serviceAccount:${google_service_account.function["predict"].email}"
}

resource "google_bigquery_table_iam_member" "jobs_write_outcomes" {
  for_each = toset(var.outcome_writers)

  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["outcomes"].table_id
  role       = google_project_iam_custom_role.row_writer.name
  member     = each.key
}

resource "google_bigquery_table_iam_member" "drift_writes_reports" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["drift_reports"].table_id
  role       = google_project_iam_custom_role.row_writer.name
  member     = "serviceAccount:${google_service_account.function["drift"].email}"
}

resource "google_bigquery_table_iam_member" "drift_reads_reports" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["drift_reports"].table_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.function["drift"].email}"
}

resource "google_bigquery_table_iam_member" "drift_reads_predictions" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["predictions"].table_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.function["drift"].email}"
}

resource "google_bigquery_table_iam_member" "drift_reads_counts" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["feature_counts"].table_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.function["drift"].email}"
}

resource "google_bigquery_table_iam_member" "monitor_writes_metrics" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["metrics"].table_id
  role       = google_project_iam_custom_role.row_writer.name
  member     = "serviceAccount:${google_service_account.function["monitor"].email}"
}

resource "google_bigquery_table_iam_member" "monitor_writes_plans" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  table_id   = google_bigquery_table.sink["plans"].table_id
  role       = google_project_iam_custom_role.row_writer.name
  member     = "serviceAccount:${google_service_account.function["monitor"].email}"
}

resource "google_bigquery_dataset_iam_member" "monitor_reads_everything" {
  dataset_id = google_bigquery_dataset.sink.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.function["monitor"].email}"
}

resource "google_project_iam_member" "drift_runs_queries" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = "serviceAccount:${google_service_account.function["drift"].email}"
}

resource "google_project_iam_member" "monitor_runs_queries" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = "serviceAccount:${google_service_account.function["monitor"].email}"
}
