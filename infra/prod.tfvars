environment  = "prod"
project      = "treeline-prod"
repository   = { name = "owner/treeline", id = "1" }
alert_emails = []

instances = {
  min = 1
  max = 20
}
