import type { Module } from '../reach/module.js';
import type { Origin } from '../syntax/origin.js';
import type { Node } from '../syntax/syntax.js';

/** Another text in the place of some of a module's. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Piece {
  /** Where it begins in what is written. */
  readonly at: number;
  readonly module: Module;
  readonly from: number;
}

/** Writes a program out of pieces of modules, and knows where each of them came from. */
export class Writer {
  readonly #parts: string[] = [];
  readonly #pieces: Piece[] = [];
  #length = 0;

  add(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  /** A node as its module has it, but for the edits. */
  copy(node: Node, module: Module, edits: readonly Edit[]): void {
    let at = node.start;
    const inside = edits.filter(({ start, end }) => node.start <= start && end <= node.end);
    for (const { start, end, text } of inside.sort((a, b) => a.start - b.start)) {
      this.#take(module, at, start);
      this.add(text);
      at = end;
    }
    this.#take(module, at, node.end);
  }

  get text(): string {
    return this.#parts.join('');
  }

  /** The user's place of an offset in the text. */
  origin(offset: number): Origin | undefined {
    const piece = this.#pieces.findLast(({ at }) => at <= offset);
    return piece?.module.origin(piece.from + offset - piece.at);
  }

  #take(module: Module, from: number, to: number): void {
    this.#pieces.push({ at: this.#length, module, from });
    this.add(module.text.slice(from, to));
  }
}
