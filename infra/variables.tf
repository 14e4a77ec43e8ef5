variable "alert_emails" {
  description = "Who is told when an alert policy fires."
  type        = list(string)
  default     = []

  validation {
    condition     = var.environment != "prod" || length(var.alert_emails) > 0
    error_message = "alert_emails must name somebody in prod: an alert that nobody gets is none."
  }
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

variable "deployers" {
  description = "Who may deploy by hand, as IAM members: they act as the account that the pipeline acts as."
  type        = list(string)
  default     = []
}

variable "drift_sample" {
  description = "Key inside the registry's bucket and folder of the sample that the scheduled drift check compares with the champion's profile; null: what was served in the last seven days."
  type        = string
  default     = null
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
  description = "The least severe log line that the functions write. Answered requests are logged at info, and metrics and the alert on critical plans read those lines."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["trace", "debug", "info"], var.log_level)
    error_message = "log_level must be trace, debug or info: above that no alert would see a critical plan."
  }
}

variable "outcome_writers" {
  description = "Who may write what came true of predictions (table outcomes), as IAM members: the job that learns it. ROC-AUC comes from it."
  type        = list(string)
  default     = []

  validation {
    condition     = !anytrue([for member in var.outcome_writers : contains(["allUsers", "allAuthenticatedUsers"], member)])
    error_message = "outcome_writers must name its members: allUsers and allAuthenticatedUsers would let everyone write."
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
  description = "The id of the Google Cloud project. One project per environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project's id, not its name or number: 6 to 30 lower-case letters, digits and \"-\"."
  }
}

variable "region" {
  description = "Where everything lives: services, buckets, dataset and images."
  type        = string
  default     = "us-central1"
}

variable "repository_id" {
  description = "The number of the GitHub repository that may deploy (gh api repos/OWNER/NAME --jq .id): names can be taken over, numbers cannot. null: none may."
  type        = string
  default     = null

  validation {
    condition     = var.repository_id == null || can(regex("^[1-9][0-9]*$", var.repository_id))
    error_message = "repository_id must be the number of a repository: gh api repos/OWNER/NAME --jq .id"
  }
}

variable "retention_days" {
  description = "Days that logged predictions, their feature counts and outcomes, and versions of objects that were replaced or deleted, are kept."
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
