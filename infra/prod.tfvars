environment  = "prod"
project      = "treeline-prod"
repository   = { owner = "your-organization", name = "treeline", id = "1" }
alert_emails = []

instances = {
  min = 1
  max = 20
}
