# What is told to whom. Requests, latency and instances come from Cloud Run itself; log-based metrics add what a request
# did, read from the one JSON line that each request writes, so that no function waits for a metrics API to answer a call.
# No alert reads a log-based metric: one that was just made is unknown to alert policies for up to ten minutes, and the
# first apply would fail on it (terraform-provider-google#11102).

locals {
  alerted = [for channel in google_monitoring_notification_channel.email : channel.id]

  of_predict = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${google_cloud_run_v2_service.function["predict"].name}\""
  of_monitor = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${google_cloud_run_v2_service.function["monitor"].name}\""
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  display_name = each.key
  type         = "email"
  labels       = { email_address = each.key }

  depends_on = [google_project_service.api]
}

resource "google_logging_metric" "rows" {
  name            = "treeline/predicted_rows"
  description     = "Rows answered, by model version."
  filter          = "${local.of_predict} AND jsonPayload.rows > 0"
  value_extractor = "EXTRACT(jsonPayload.rows)"

  label_extractors = {
    model_version = "EXTRACT(jsonPayload.model_version)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"

    labels {
      key         = "model_version"
      value_type  = "STRING"
      description = "The version that answered."
    }
  }
}

resource "google_logging_metric" "plans" {
  name        = "treeline/plans"
  description = "Plans that monitor made, by status."
  filter      = "${local.of_monitor} AND jsonPayload.monitor_status:*"

  label_extractors = {
    status = "EXTRACT(jsonPayload.monitor_status)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key         = "status"
      value_type  = "STRING"
      description = "healthy, warn or critical."
    }
  }
}

resource "google_monitoring_alert_policy" "latency" {
  display_name          = "Treeline: predict is slow"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.alerted

  conditions {
    display_name = "p95 above 400 ms for five minutes"

    condition_threshold {
      filter          = "${local.of_predict} AND metric.type = \"run.googleapis.com/request_latencies\""
      comparison      = "COMPARISON_GT"
      threshold_value = 400
      duration        = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
      }
    }
  }

  documentation {
    content = "Look for cold starts (instances min = 0), large requests, or a registry that answers slowly at a model change."
  }
}

resource "google_monitoring_alert_policy" "errors" {
  display_name          = "Treeline: predict fails"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.alerted

  conditions {
    display_name = "more than 1 % of answers are 5xx for five minutes"

    condition_threshold {
      filter             = "${local.of_predict} AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
      denominator_filter = "${local.of_predict} AND metric.type = \"run.googleapis.com/request_count\""
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.01
      duration           = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
      }

      denominator_aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content = "Its log lines carry stack_trace. A bad model: npm run registry -- rollback. A bad revision: gcloud run services update-traffic predict --to-revisions OLD=100."
  }
}

resource "google_monitoring_alert_policy" "critical" {
  display_name          = "Treeline: the model is in a critical state"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.alerted

  conditions {
    display_name = "monitor made a critical plan"

    condition_matched_log {
      filter = "${local.of_monitor} AND jsonPayload.monitor_status = \"critical\""
    }
  }

  # monitor says it every hour for as long as it lasts.
  alert_strategy {
    auto_close = "10800s"

    notification_rate_limit {
      period = "21600s"
    }
  }

  documentation {
    content = "The plan says what it saw and what it advises: POST {} to monitor, or the table plans."
  }
}

# A sink that fails costs no request anything, so no error rate shows it: only the line that says what was lost does.
resource "google_monitoring_alert_policy" "losses" {
  display_name          = "Treeline: rows for BigQuery are lost"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.alerted

  conditions {
    display_name = "a function gave up rows of the sink"

    condition_matched_log {
      filter = "resource.type = \"cloud_run_revision\" AND jsonPayload.sink_lost_rows > 0"
    }
  }

  # Each instance says it at most once a minute.
  alert_strategy {
    auto_close = "10800s"

    notification_rate_limit {
      period = "21600s"
    }
  }

  documentation {
    content = "Predictions are answered; what drift and monitor judge by has a gap. The line says how many rows of which table, and why: a grant, a quota, a column that the table does not have."
  }
}

# What has never worked is missed by nobody: silence is only heard after a first answer.
resource "google_monitoring_alert_policy" "checks" {
  display_name          = "Treeline: a scheduled check failed"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.alerted

  conditions {
    display_name = "the scheduler's call of drift or monitor failed"

    condition_matched_log {
      filter = "resource.type = \"cloud_scheduler_job\" AND resource.labels.job_id = (\"${google_cloud_scheduler_job.drift.name}\" OR \"${google_cloud_scheduler_job.monitor.name}\") AND severity >= ERROR"
    }
  }

  alert_strategy {
    auto_close = "10800s"

    notification_rate_limit {
      period = "21600s"
    }
  }

  documentation {
    content = "The log of the job has the status that it got, the log of drift or monitor the reason. drift says 409 when too few rows were served to tell."
  }
}

resource "google_monitoring_alert_policy" "silence" {
  display_name          = "Treeline: no plan for three hours"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.alerted
  enabled               = !var.schedules.paused

  conditions {
    display_name = "monitor has answered nothing with 200"

    condition_absent {
      filter   = "${local.of_monitor} AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"2xx\""
      duration = "10800s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content = "Nobody is watching the model. The scheduler's job treeline-monitor and monitor's log say why."
  }
}
