/** A declared column that no row has is a spelling mistake far more often than a column of nulls. */
export function refuseUnseen(file: string, unseen: readonly string[], rows: number): void {
  if (unseen.length === 0 || rows === 0) return;
  const names = unseen.join(', ');
  throw new Error(
    `${file} has no ${names}: ${unseen.length === 1 ? 'that column is' : 'those columns are'} declared, and none of its ${rows} rows has ${unseen.length === 1 ? 'it' : 'them'}. Correct the name in columns, or leave it out.`,
  );
}
