/** A plan as artifacts/agent_plan.yaml and `Accept: application/yaml` have it. */
import type { Plan } from '../../core/monitor/plan.ts'

/** Keys in the plan's order. */
export async function planToYaml(plan: Plan): Promise<string> {
  const { dump } = await import('js-yaml')
  return dump(plan, { lineWidth: 120, noRefs: true })
}
