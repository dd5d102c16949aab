/** What a process asks of the world: one step of it. */
export interface Question {
  readonly op: string;
  readonly args: readonly unknown[];
}

export interface Reply {
  readonly now: number;
  readonly value?: unknown;
  readonly error?: string;
}
