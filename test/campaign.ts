/** How far a test goes: `MILLRACE_CAMPAIGN=1` is all of it, `ci` as much as a check of every change can wait for. */
export const CAMPAIGN: 'short' | 'ci' | 'full' =
  process.env['MILLRACE_CAMPAIGN'] === undefined || process.env['MILLRACE_CAMPAIGN'] === ''
    ? 'short'
    : process.env['MILLRACE_CAMPAIGN'] === 'ci'
      ? 'ci'
      : 'full';

/** How often, by how far the test goes. */
export const times = (short: number, ci: number, full: number): number => ({ short, ci, full })[CAMPAIGN];

/** The figures of a campaign: a line that stands in the log of a run. */
export const figures = (line: string): void => {
  if (CAMPAIGN !== 'short') process.stdout.write(`campaign: ${line}\n`);
};
