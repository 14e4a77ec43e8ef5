variable "alert_emails" {
  description = "Who is told when an alert policy fires."
  type        = list(string)
  default     = []
}

variable "contract" {
  description = "The contract that the functions serve: the name of a file of data/contracts."
  type        = string
  default     = "churn"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{0,63}$", var.contract))
    error_message = "contract must be a contract's name: lower-case letters, digits, \"-\" and \"_\"."
  }
}

variable "deletion_protection" {
  description = "Refuses to destroy services and tables. Only an environment that holds nothing worth keeping turns it off."
  type        = bool
  default     = true
}

variable "drift_sample" {
  description = "Key inside the registry's bucket and folder of the sample that the scheduled drift check compares with the champion's profile."
  type        = string
  default     = "samples/latest.csv"
}

variable "environment" {
  description = "dev or prod: also the name of the GitHub environment that may deploy here."
  type        = string

  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "environment must be dev or prod."
  }
}

variable "first_image" {
  description = "What a new service runs until the first deployment: creating a service does not build its source (terraform-provider-google#22263)."
  type        = string
  default     = "us-docker.pkg.dev/cloudrun/container/hello"
}

variable "instances" {
  description = "Instances of predict. min = 1 saves the first caller of the day a cold start and costs a warm instance."
  type = object({
    min = optional(number, 0)
    max = optional(number, 10)
  })
  default = {}

  validation {
    condition     = var.instances.min >= 0 && var.instances.max >= 1 && var.instances.min <= var.instances.max
    error_message = "instances must have 0 <= min <= max and max >= 1."
  }
}

variable "log_level" {
  description = "The least severe log line that the functions write."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["trace", "debug", "info", "warn", "error", "fatal", "silent"], var.log_level)
    error_message = "log_level must be trace, debug, info, warn, error, fatal or silent."
  }
}

variable "predict_callers" {
  description = "Who may call predict, as IAM members: [\"serviceAccount:shop@project.iam.gserviceaccount.com\"]. Nobody else can; never allUsers."
  type        = list(string)
  default     = []

  validation {
    condition     = !anytrue([for member in var.predict_callers : contains(["allUsers", "allAuthenticatedUsers"], member)])
    error_message = "predict_callers must name its members: allUsers and allAuthenticatedUsers would open predict to everyone."
  }
}

variable "project" {
  description = "The Google Cloud project. One project per environment."
  type        = string
}

variable "region" {
  description = "Where everything lives: services, buckets, dataset and images."
  type        = string
  default     = "us-central1"
}

variable "repository" {
  description = "The GitHub repository that may deploy, with its number, which a repository that later takes the same name does not have."
  type = object({
    owner = string
    name  = string
    id    = string
  })

  validation {
    condition     = alltrue([for part in [var.repository.owner, var.repository.name] : can(regex("^[\\w.-]+$", part))])
    error_message = "repository must have the owner and the name of the address github.com/owner/name."
  }

  validation {
    condition     = can(regex("^[0-9]+$", var.repository.id))
    error_message = "repository must have its number as id: gh api repos/OWNER/NAME --jq .id"
  }
}

variable "retention_days" {
  description = "Days that logged predictions, and versions of objects that were replaced or deleted, are kept."
  type        = number
  default     = 400

  validation {
    condition     = var.retention_days >= 7
    error_message = "retention_days must be at least 7: monitor compares with the seven days before."
  }
}

variable "schedules" {
  description = "When drift and monitor run (cron, UTC), and whether they do."
  type = object({
    drift   = optional(string, "15 5 * * *")
    monitor = optional(string, "0 * * * *")
    paused  = optional(bool, false)
  })
  default = {}
}

variable "trainers" {
  description = "Who may register model versions and promote them, as IAM members: a training job's account, a group of people."
  type        = list(string)
  default     = []
}
