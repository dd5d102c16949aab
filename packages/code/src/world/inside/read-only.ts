export type ReadOnly = <T extends Map<unknown, unknown> | Set<unknown>>(made: T) => T;

/** A Map or Set of `with` is the same for all rows. */
export const readOnly = (): ReadOnly => {
  const { defineProperty } = Object;
  return (made) => {
    const kind = made instanceof Map ? 'Map' : 'Set';
    for (const name of ['set', 'add', 'delete', 'clear'])
      if (name in made)
        defineProperty(made, name, {
          value: () => {
            throw new TypeError(
              `A ${kind} that is given in \`with\` is the same for all rows, and cannot be changed by ${name}(). Copy it first: new ${kind}(…).`,
            );
          },
        });
    return made;
  };
};
