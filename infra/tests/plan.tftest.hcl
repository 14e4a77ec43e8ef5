# Plans against a provider that only knows its schema: no account, no project, no network.

mock_provider "google" {
  # Names that the provider checks the form of; the mock's own would be random letters.
  mock_resource "google_service_account" {
    defaults = {
      name  = "projects/p/serviceAccounts/x@p.iam.gserviceaccount.com"
      email = "x@p.iam.gserviceaccount.com"
    }
  }

  mock_resource "google_project_iam_custom_role" {
    defaults = {
      name = "projects/p/roles/treelineRowWriter"
    }
  }
}

variables {
  environment     = "prod"
  project         = "treeline-test"
  repository_id   = "42"
  predict_callers = ["serviceAccount:shop@p.iam.gserviceaccount.com"]
  trainers        = ["group:data-science@example.com"]
  deployers       = ["user:oncall@example.com"]
  outcome_writers = ["serviceAccount:billing@p.iam.gserviceaccount.com"]
  alert_emails    = ["oncall@example.com"]
}

run "the_four_functions_run_as_four_accounts" {
  command = plan

  assert {
    condition     = toset(keys(google_cloud_run_v2_service.function)) == toset(["predict", "health", "drift", "monitor"])
    error_message = "the functions are predict, health, drift and monitor"
  }

  assert {
    condition     = alltrue([for name, account in google_service_account.function : account.account_id == "treeline-${name}"])
    error_message = "each function has an account of its own"
  }

  assert {
    condition     = alltrue([for name, service in google_cloud_run_v2_service.function : service.build_config[0].function_target == name])
    error_message = "each service is built from the function of its name"
  }
}

run "nothing_is_open_to_everyone" {
  command = plan

  assert {
    condition     = [for grant in google_cloud_run_v2_service_iam_member.callers_call_predict : grant.member] == ["serviceAccount:shop@p.iam.gserviceaccount.com"]
    error_message = "only the callers that are named may call predict"
  }

  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.models, google_storage_bucket.sources] :
      bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access
    ])
    error_message = "no object can be made public"
  }
}

run "everyone_is_refused_as_a_caller_and_as_a_writer" {
  command = plan

  variables {
    predict_callers = ["allUsers"]
    outcome_writers = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.predict_callers, var.outcome_writers]
}

run "a_deployment_comes_from_one_repository_and_one_environment" {
  command = plan

  assert {
    condition     = google_iam_workload_identity_pool_provider.github[0].attribute_condition == "assertion.repository_id == '42' && assertion.environment == 'prod'"
    error_message = "the pool lets in one repository, by its number, and one environment"
  }

  assert {
    condition     = !strcontains(jsonencode(google_iam_workload_identity_pool_provider.github[0].attribute_mapping), "assertion.sub")
    error_message = "a token's own subject has two forms and no bound on its length"
  }
}

run "without_a_repository_nothing_comes_from_github" {
  command = plan

  variables {
    repository_id = null
  }

  assert {
    condition     = length(google_iam_workload_identity_pool_provider.github) == 0 && length(google_service_account_iam_member.github_is_deployer) == 0
    error_message = "no pool, and nobody who acts as the deployer from there"
  }
}

run "a_repository_by_its_name_is_refused" {
  command = plan

  variables {
    repository_id = "owner/treeline"
  }

  expect_failures = [var.repository_id]
}

run "a_project_by_its_number_is_refused" {
  command = plan

  variables {
    project = "123456789012"
  }

  expect_failures = [var.project]
}

run "a_log_level_that_silences_the_alerts_is_refused" {
  command = plan

  variables {
    log_level = "warn"
  }

  expect_failures = [var.log_level]
}

run "alerts_that_nobody_gets_are_refused_in_prod" {
  command = plan

  variables {
    alert_emails = []
  }

  expect_failures = [var.alert_emails]
}

run "alerts_have_the_bounds_that_were_asked_for" {
  command = plan

  assert {
    condition     = google_monitoring_alert_policy.latency.conditions[0].condition_threshold[0].threshold_value == 400
    error_message = "p95 above 400 ms"
  }

  assert {
    condition     = google_monitoring_alert_policy.errors.conditions[0].condition_threshold[0].threshold_value == 0.01
    error_message = "more than 1 % of 5xx"
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.critical.conditions[0].condition_matched_log[0].filter, "jsonPayload.monitor_status = \"critical\"")
    error_message = "a critical plan, as monitor logs it"
  }

  assert {
    condition     = !strcontains(google_monitoring_alert_policy.losses.conditions[0].condition_matched_log[0].filter, "service_name") && strcontains(google_monitoring_alert_policy.losses.conditions[0].condition_matched_log[0].filter, "jsonPayload.sink_lost_rows > 0")
    error_message = "rows that any function lost, as the sink's writer logs them"
  }

  assert {
    condition     = google_monitoring_alert_policy.silence.conditions[0].condition_absent[0].duration == "10800s" && google_monitoring_alert_policy.silence.enabled
    error_message = "no plan for three hours"
  }
}

run "the_dashboard_is_written_as_the_api_answers_it" {
  command = plan

  assert {
    condition     = jsonencode(jsondecode(google_monitoring_dashboard.treeline.dashboard_json).gridLayout.columns) == "\"2\""
    error_message = "the API answers numbers of 64 bits as text, and every plan would find a difference"
  }

  assert {
    condition     = !strcontains(google_monitoring_dashboard.treeline.dashboard_json, "[]")
    error_message = "the API answers no empty list, and every plan would find a difference"
  }
}

run "prod_keeps_what_it_has" {
  command = plan

  assert {
    condition     = google_storage_bucket.models.versioning[0].enabled && !google_storage_bucket.models.force_destroy
    error_message = "model versions can be had back"
  }

  assert {
    condition     = alltrue([for service in google_cloud_run_v2_service.function : service.deletion_protection])
    error_message = "no service is destroyed by mistake"
  }
}

run "predictions_expire_and_evidence_stays" {
  command = plan

  variables {
    retention_days = 30
  }

  assert {
    condition     = google_bigquery_table.sink["predictions"].time_partitioning[0].expiration_ms == 2592000000
    error_message = "a prediction is kept for retention_days"
  }

  assert {
    condition     = google_bigquery_table.sink["plans"].time_partitioning[0].expiration_ms == 0
    error_message = "plans have no end"
  }
}

run "drift_compares_what_was_served" {
  command = plan

  assert {
    condition     = base64decode(google_cloud_scheduler_job.drift.http_target[0].body) == "{}"
    error_message = "without drift_sample the job names no sample"
  }
}

run "drift_compares_a_sample_that_is_named" {
  command = plan

  variables {
    drift_sample = "samples/latest.csv"
  }

  assert {
    condition     = jsondecode(base64decode(google_cloud_scheduler_job.drift.http_target[0].body)).current == "samples/latest.csv"
    error_message = "drift_sample is the key of the sample"
  }
}

run "schedules_can_be_paused" {
  command = plan

  variables {
    schedules = { paused = true }
  }

  assert {
    condition     = google_cloud_scheduler_job.drift.paused && google_cloud_scheduler_job.monitor.paused
    error_message = "paused pauses both jobs"
  }

  assert {
    condition     = !google_monitoring_alert_policy.silence.enabled
    error_message = "a monitor that is not called is not missed"
  }
}

run "everything_can_be_made" {
  command = apply
}
