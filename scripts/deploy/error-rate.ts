/** How many requests a revision answered, and how many of them with 5xx, as Cloud Monitoring counts them. */

export interface ErrorRateQuery {
  readonly project: string
  readonly service: string
  readonly revision: string
  readonly start: Date
  readonly end: Date
}

/** Of timeSeries.list: one series for each class of answers, summed over the whole time. */
export function errorRateUrl({ project, service, revision, start, end }: ErrorRateQuery): string {
  const query = new URLSearchParams({
    filter: [
      'metric.type = "run.googleapis.com/request_count"',
      `resource.labels.service_name = "${service}"`,
      `resource.labels.revision_name = "${revision}"`,
    ].join(' AND '),
    'interval.startTime': start.toISOString(),
    'interval.endTime': end.toISOString(),
    'aggregation.alignmentPeriod': '60s',
    'aggregation.perSeriesAligner': 'ALIGN_SUM',
    'aggregation.crossSeriesReducer': 'REDUCE_SUM',
    'aggregation.groupByFields': 'metric.labels.response_code_class',
  })
  return `https://monitoring.googleapis.com/v3/projects/${project}/timeSeries?${query}`
}

interface Series {
  readonly metric?: { readonly labels?: Readonly<Record<string, string>> }
  readonly points?: readonly { readonly value?: { readonly int64Value?: string; readonly doubleValue?: number } }[]
}

export function readErrorRate(answer: string): { requests: number; errors: number } {
  const { timeSeries = [] } = JSON.parse(answer) as { timeSeries?: readonly Series[] }
  let requests = 0
  let errors = 0
  for (const { metric, points = [] } of timeSeries) {
    const count = points.reduce((sum, { value }) => sum + Number(value?.int64Value ?? value?.doubleValue ?? 0), 0)
    requests += count
    if (metric?.labels?.response_code_class === '5xx') errors += count
  }
  return { requests, errors }
}
