/** How long the runs of rows are once some rows went and others came more than once. */
export function splitsAfter(
  splits: readonly (readonly [string, number])[],
  parents: Int32Array,
): (readonly [string, number])[] {
  let end = 0;
  return splits.map(([name, rows]) => {
    const from = end;
    end += rows;
    return [name, parents.reduce((n, parent) => n + (parent >= from && parent < end ? 1 : 0), 0)] as const;
  });
}
