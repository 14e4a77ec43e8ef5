# One page for the on-call engineer: what predict does, what monitor and drift say of the model. One entry is one chart.

locals {
  charts = [
    {
      title   = "Requests a second, by kind of answer"
      filter  = "${local.of_predict} AND metric.type = \"run.googleapis.com/request_count\""
      aligner = "ALIGN_RATE"
      reducer = "REDUCE_SUM"
      groups  = ["metric.label.response_code_class"]
    },
    {
      title   = "p95 of predict, ms"
      filter  = "${local.of_predict} AND metric.type = \"run.googleapis.com/request_latencies\""
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_PERCENTILE_95"
      groups  = []
    },
    {
      title   = "Requests a second, by revision"
      filter  = "${local.of_predict} AND metric.type = \"run.googleapis.com/request_count\""
      aligner = "ALIGN_RATE"
      reducer = "REDUCE_SUM"
      groups  = ["resource.label.revision_name"]
    },
    {
      title   = "Rows a request (p50), by model version"
      filter  = "${local.of_predict} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.rows.name}\""
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_PERCENTILE_50"
      groups  = ["metric.label.model_version"]
    },
    {
      title   = "Plans of the monitor, by status"
      filter  = "${local.of_monitor} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.plans.name}\""
      aligner = "ALIGN_SUM"
      reducer = "REDUCE_SUM"
      groups  = ["metric.label.status"]
    },
    {
      title   = "Instances of predict"
      filter  = "${local.of_predict} AND metric.type = \"run.googleapis.com/container/instance_count\""
      aligner = "ALIGN_MAX"
      reducer = "REDUCE_SUM"
      groups  = ["metric.label.state"]
    },
    {
      title   = "ROC-AUC of the champion"
      filter  = "resource.type = \"generic_task\" AND metric.type = \"custom.googleapis.com/treeline/roc_auc\""
      aligner = "ALIGN_MEAN"
      reducer = "REDUCE_MEAN"
      groups  = []
    },
    {
      title   = "Positive answers, share of those served"
      filter  = "resource.type = \"generic_task\" AND metric.type = \"custom.googleapis.com/treeline/positive_rate\""
      aligner = "ALIGN_MEAN"
      reducer = "REDUCE_MEAN"
      groups  = []
    },
    {
      title   = "PR-AUC of the champion"
      filter  = "resource.type = \"generic_task\" AND metric.type = \"custom.googleapis.com/treeline/pr_auc\""
      aligner = "ALIGN_MEAN"
      reducer = "REDUCE_MEAN"
      groups  = []
    },
    {
      title   = "PSI, by feature"
      filter  = "resource.type = \"generic_task\" AND metric.type = \"custom.googleapis.com/treeline/psi\""
      aligner = "ALIGN_MEAN"
      reducer = "REDUCE_MAX"
      groups  = ["metric.label.feature"]
    },
  ]
}

# As the API answers it, numbers of 64 bits as text and no empty lists: else every plan would find a difference
# (terraform-provider-google#16173).
resource "google_monitoring_dashboard" "treeline" {
  dashboard_json = jsonencode({
    displayName = "Treeline (${var.environment})"
    gridLayout = {
      columns = "2"
      widgets = [for chart in local.charts : {
        title = chart.title
        xyChart = {
          dataSets = [{
            plotType = "LINE"
            timeSeriesQuery = {
              timeSeriesFilter = {
                filter = chart.filter
                aggregation = merge(
                  {
                    alignmentPeriod    = startswith(chart.filter, "resource.type = \"generic_task\"") ? "3600s" : "60s"
                    perSeriesAligner   = chart.aligner
                    crossSeriesReducer = chart.reducer
                  },
                  length(chart.groups) == 0 ? {} : { groupByFields = chart.groups }
                )
              }
            }
          }]
        }
      }]
    }
  })
}
