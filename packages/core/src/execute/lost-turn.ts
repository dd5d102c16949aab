import { StageStopped } from './context.js';

/** Another process took a stage over while this one stood still. What it answers counts. */
export class LostTurn extends StageStopped {
  constructor() {
    super(
      'interrupted',
      'Another process took this stage over while this one stood still. Its result counts; run again to read it.',
    );
  }
}
