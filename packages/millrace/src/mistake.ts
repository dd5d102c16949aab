/** Something the user can put right. Shown without a stack; ends the command with code 2. */
export class Mistake extends Error {
  override readonly name: string = 'Mistake';
}
