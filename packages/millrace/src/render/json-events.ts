import type { Plan, Reason, RunEvent, Step } from '@millrace/core';
import { reasonText } from './reasons.js';

/** Events as JSON lines: a stable, documented shape. No tables, no graphs, no secrets. */
export function jsonEvent(event: RunEvent): Record<string, unknown> | undefined {
  switch (event.is) {
    case 'planned':
      return { event: 'planned', again: event.again, stages: jsonPlan(event.plan) };
    case 'stage-outputs':
      return undefined;
    case 'stage-started':
      return {
        event: 'stage-started',
        stage: event.stage,
        fingerprint: event.fingerprint,
        reasons: jsonReasons(event.reasons),
      };
    case 'stage-finished': {
      const { is, reasons, ...said } = event;
      return { event: is, ...said, reasons: jsonReasons(reasons) };
    }
    case 'stage-failed':
      return { event: 'stage-failed', stage: event.stage, fingerprint: event.fingerprint, error: event.error.message };
    case 'run-finished':
      return { event: 'run-finished', ...event.outcome };
    default: {
      const { is, ...said } = event;
      return { event: is, ...said };
    }
  }
}

export const jsonPlan = (plan: Plan): Record<string, unknown>[] => plan.steps.map(jsonStep);

const jsonStep = ({
  name,
  label,
  fingerprint,
  decision,
  reasons,
  estimate,
  underway,
}: Step): Record<string, unknown> => ({
  stage: name,
  label,
  fingerprint,
  status: decision.status,
  reasons: jsonReasons(reasons),
  ...(estimate && { estimate }),
  ...(underway !== undefined && { underway }),
});

export const jsonReasons = (reasons: readonly Reason[]): Record<string, unknown>[] =>
  reasons.map((reason) => ({ ...reason, text: reasonText(reason) }));
