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
  project         = "p"
  repository      = { owner = "owner", name = "treeline", id = "42" }
  predict_callers = ["serviceAccount:shop@p.iam.gserviceaccount.com"]
  trainers        = ["group:data-science@example.com"]
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

run "everyone_is_refused_as_a_caller" {
  command = plan

  variables {
    predict_callers = ["allUsers"]
  }

  expect_failures = [var.predict_callers]
}

run "a_deployment_comes_from_one_repository_and_one_environment" {
  command = plan

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.sub == 'repo:owner/treeline:environment:prod' && assertion.repository_id == '42'"
    error_message = "the pool lets in one repository, by name and number, and one environment"
  }
}

run "a_repository_without_its_number_is_refused" {
  command = plan

  variables {
    repository = { owner = "owner", name = "treeline", id = "treeline" }
  }

  expect_failures = [var.repository]
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

run "schedules_can_be_paused" {
  command = plan

  variables {
    schedules = { paused = true }
  }

  assert {
    condition     = google_cloud_scheduler_job.drift.paused && google_cloud_scheduler_job.monitor.paused
    error_message = "paused pauses both jobs"
  }
}

run "everything_can_be_made" {
  command = apply
}
