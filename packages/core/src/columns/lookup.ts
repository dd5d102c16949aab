/** From 16-byte keys to places; of equal keys the last one added wins. */
export class KeyIndex {
  private count = 0;
  private slots = new Int32Array(1 << 10).fill(-1);
  private keys = new Int32Array(4 << 9);
  private places = new Int32Array(1 << 9);

  get size(): number {
    return this.count;
  }

  /** Room for so many keys at once, where their number is known. */
  reserve(entries: number): void {
    if (entries > this.places.length) {
      const room = Math.max(entries, 2 * this.places.length);
      this.keys = grown(this.keys, 4 * room);
      this.places = grown(this.places, room);
    }
    if (2 * entries > this.slots.length) this.rehash(2 * entries);
  }

  /** Key i stands at `firstPlace + i`. */
  add(keys: Uint8Array, firstPlace: number): void {
    const words = wordsOf(keys);
    const rows = words.length >> 2;
    this.reserve(this.count + rows);
    for (let row = 0; row < rows; row++) {
      const slot = this.slotOf(words, row);
      if (this.slots[slot] === -1) this.insert(words, row, slot);
      this.places[this.slots[slot]!] = firstPlace + row;
    }
  }

  /** The place of each key, −1 where it is not known. */
  find(keys: Uint8Array): Int32Array {
    const words = wordsOf(keys);
    const found = new Int32Array(words.length >> 2);
    let at = -1;
    for (let row = 0; row < found.length; row++) {
      // Rows that were added one after the other are mostly asked for so: then no slot is looked up.
      const next = at + 1;
      at = next < this.count && this.isAt(next, words, row) ? next : this.slots[this.slotOf(words, row)]!;
      found[row] = at === -1 ? -1 : this.places[at]!;
    }
    return found;
  }

  /** Where the key is, or the empty slot where it would be. Keys are digests: their first bits are as good as a hash. */
  private slotOf(words: Int32Array, row: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = words[row * 4]! & mask;
    for (let at = slots[slot]!; at !== -1 && !this.isAt(at, words, row); at = slots[slot]!) slot = (slot + 1) & mask;
    return slot;
  }

  private isAt(at: number, words: Int32Array, row: number): boolean {
    const { keys } = this;
    const e = at * 4;
    const k = row * 4;
    return (
      keys[e] === words[k] &&
      keys[e + 1] === words[k + 1] &&
      keys[e + 2] === words[k + 2] &&
      keys[e + 3] === words[k + 3]
    );
  }

  private insert(words: Int32Array, row: number, slot: number): void {
    const at = this.count++;
    this.slots[slot] = at;
    for (let i = 0; i < 4; i++) this.keys[at * 4 + i] = words[row * 4 + i]!;
  }

  private rehash(least: number): void {
    let size = this.slots.length;
    while (size < least) size *= 2;
    this.slots = new Int32Array(size).fill(-1);
    for (let at = 0; at < this.count; at++) this.slots[this.slotOf(this.keys, at)] = at;
  }
}

const grown = (from: Int32Array, length: number) => {
  const to = new Int32Array(length);
  to.set(from);
  return to;
};

function wordsOf(keys: Uint8Array): Int32Array {
  const aligned = keys.byteOffset % 4 === 0 ? keys : new Uint8Array(keys);
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
}
