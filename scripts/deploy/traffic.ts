/** What `gcloud run services describe --format=json` says of a service: who serves, and where the tagged revisions are. */
import { AppError } from '../../shared/core/errors.ts'

export interface Traffic {
  /** The revision with most traffic. */
  readonly serving: string
  /** The revision that had all traffic before a roll-out that has not ended. */
  readonly before: string | undefined
  /** The address of the service. */
  readonly url: string
  readonly candidate: { readonly revision: string; readonly url: string } | undefined
}

interface Target {
  readonly revisionName?: string
  readonly percent?: number
  readonly tag?: string
  readonly url?: string
}

export function readTraffic(description: string, tags: { candidate: string; before: string }): Traffic {
  const { status } = JSON.parse(description) as { status?: { url?: string; traffic?: readonly Target[] } }
  const targets = status?.traffic ?? []
  const [serving] = [...targets].sort((a, b) => (b.percent ?? 0) - (a.percent ?? 0))
  if (!serving?.revisionName || !serving.percent || !status?.url) {
    throw new AppError(
      'DEPLOY_FAILED',
      'the service serves nothing yet; terraform apply makes it with a first revision',
    )
  }
  const tagged = (tag: string) => targets.find(target => target.tag === tag)
  const { revisionName, url } = tagged(tags.candidate) ?? {}
  return {
    serving: serving.revisionName,
    before: tagged(tags.before)?.revisionName,
    url: status.url,
    candidate: revisionName && url ? { revision: revisionName, url } : undefined,
  }
}
