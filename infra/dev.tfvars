environment         = "dev"
project             = "treeline-dev"
deletion_protection = false
log_level           = "debug"
retention_days      = 30
repository          = { owner = "your-organization", name = "treeline", id = "1" }

schedules = {
  paused = true
}
