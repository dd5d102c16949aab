import { type Plan, planGraph, type RunAsked, type Step } from '@millrace/core';
import type { Opened } from './opened.js';

/** What a run would do, and why. Writes nothing. */
export const plan = async (asked: RunAsked, { graph, ports }: Opened): Promise<Plan> =>
  (await planGraph(graph, asked, ports)).plan;

export const wouldRun = ({ decision }: Step): boolean => decision.status === 'run' || decision.status === 'later';
