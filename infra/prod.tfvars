environment = "prod"
project     = "treeline-prod"

# At least one.
alert_emails = []

# Who may do what, as IAM members: "user:you@example.com", "serviceAccount:job@project.iam.gserviceaccount.com".
trainers        = []
deployers       = []
predict_callers = []
outcome_writers = []

# Of the GitHub repository that deploys here; null: none does.
repository_id = null

instances = {
  min = 1
  max = 20
}
