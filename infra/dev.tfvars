environment         = "dev"
project             = "treeline-dev"
deletion_protection = false
log_level           = "debug"
retention_days      = 30

# Who may do what, as IAM members: "user:you@example.com", "serviceAccount:job@project.iam.gserviceaccount.com".
trainers        = []
deployers       = []
predict_callers = []
outcome_writers = []

# Of the GitHub repository that deploys here; null: none does.
repository_id = null

schedules = {
  paused = true
}
