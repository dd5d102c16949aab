/** The code a user's function can reach, as the key sees it. */
export interface Code {
  /** Digest of the canonical text of everything reachable, and of `packages` and `reads`. */
  readonly digest: string;
  /** The digest by which Millrace 0.1 knew it, where that is another one: what was paid is found by it once more. */
  readonly former?: string;
  /** For people, never in the key: which declarations were reached, so that `why` can name the one that changed. */
  readonly units: readonly CodeUnit[];
  /** `name → version` of the npm packages reached. */
  readonly packages: Readonly<Record<string, string>>;
}

export interface CodeUnit {
  readonly name: string;
  /** `file:line`, relative to the project. */
  readonly place: string;
  readonly digest: string;
}

/** What a stage says of a function beside the function. */
export interface CodeDeclaration {
  /** Values the function gets from outside its own text; hashed as config. */
  readonly uses?: Readonly<Record<string, unknown>>;
  /** Stands for the whole code: the function's text is not looked at. */
  readonly version?: string | number;
  /** Impure reads that the author knows of: `clock`, `random`, `network`, `locale`, `host`, `argv`, `place`, `env:NAME`, `file:PATH`. */
  readonly reads?: readonly string[];
  /** Of the stage: what is pure reads no secret. */
  readonly nature?: 'pure' | 'answered' | 'sampling';
}

export type CodeRefusal =
  | { readonly why: 'captures'; readonly names: readonly string[]; readonly at: CodePlace }
  | { readonly why: 'this'; readonly names: readonly string[]; readonly at: CodePlace }
  | {
      readonly why: 'undeclared read';
      readonly names: readonly string[];
      /** What declares them. */
      readonly words: readonly string[];
      readonly at: CodePlace;
    }
  | { readonly why: 'secret'; readonly at: CodePlace }
  | { readonly why: 'bound or native' | 'not found' | 'unreadable'; readonly detail: string; readonly at?: CodePlace };

export interface CodePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The source line itself. */
  readonly text: string;
}

export type CodeAnswer = { readonly code: Code } | { readonly refused: CodeRefusal };

// biome-ignore lint/complexity/noBannedTypes: any callable is looked at, none is called.
export type AnyFunction = Function;

/** Reads the code of functions. One reader serves one survey; it may keep what it parsed. */
export interface CodeReader {
  /** `site` is the file that declared the stage, where known. */
  read(fn: AnyFunction, declared: CodeDeclaration, site?: string): CodeAnswer;
  /** Makes the functions of one stage from what `read` has read, in a world of their own. Default: they are called as they are. */
  make?(uses: Readonly<Record<string, FunctionUse>>, how: MakeHow): Promise<MadeFunctions>;
}

export interface FunctionUse extends CodeDeclaration {
  readonly fn: AnyFunction;
}

export interface MakeHow {
  /** Functions that ask see the real world; only a pure one is ever called twice. */
  readonly nature: 'pure' | 'answered' | 'sampling';
  readonly site?: string | undefined;
  /** Functions of the stage that are in no key, such as `open`: they share the state of the others. */
  readonly handles?: Readonly<Record<string, AnyFunction>>;
  /** Takes what the functions print. Default: stderr. */
  readonly print?: Print | undefined;
  /** Takes what somebody should know who reads what they answer. Default: stderr. */
  readonly note?: ((text: string) => void) | undefined;
}

export type PrintLevel = 'debug' | 'info' | 'warn' | 'error';
export type Print = (level: PrintLevel, text: string) => void;

export interface MadeFunctions {
  readonly functions: Readonly<Record<string, AnyFunction>>;
  /** What was evaluated: kept with what it gave, to be shown and compared, and never run from there. */
  readonly texts?: readonly string[];
  close(): void;
}
