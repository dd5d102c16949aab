/** What is used of `@huggingface/transformers`, whose own types end in `any` just here. */
export interface Library {
  readonly env: object;
  readonly LogLevel: { readonly ERROR: number };
  readonly random: { seed(n: number): void };
  readonly StoppingCriteria: new () => object;
  mean_pooling(hidden: Hidden, mask: Inputs['attention_mask']): Hidden;
  pipeline(task: Task, id: string, options: Readonly<Record<string, unknown>>): Promise<Pipe>;
}

export type Task = 'feature-extraction' | 'text-generation';

export interface Pipe {
  readonly tokenizer: Tokenizer;
  readonly model: Runtime;
}

export interface Tokenizer {
  (texts: readonly string[], options: Readonly<Record<string, unknown>>): Inputs;
  padding_side: 'left' | 'right';
  readonly model_max_length?: number;
  readonly chat_template?: unknown;
  readonly add_bos_token?: boolean;
  readonly add_eos_token?: boolean;
  apply_chat_template(messages: readonly object[], options: Readonly<Record<string, unknown>>): string;
  decode(ids: readonly (number | bigint)[], options: { readonly skip_special_tokens: boolean }): string;
}

export interface Inputs {
  readonly input_ids: Tensor<BigInt64Array>;
  readonly attention_mask: Tensor<BigInt64Array>;
}

export interface Runtime {
  (inputs: Inputs): Promise<Outputs>;
  readonly config: {
    readonly max_position_embeddings?: number;
    readonly n_positions?: number;
    readonly eos_token_id?: Ids;
  };
  readonly generation_config?: { readonly max_new_tokens?: number; readonly eos_token_id?: Ids };
  generate(options: Inputs & Readonly<Record<string, unknown>>): Promise<Tensor<BigInt64Array>>;
}

type Ids = number | readonly number[] | null;

export type Hidden = Tensor<Float32Array<ArrayBuffer>>;

export interface Outputs {
  readonly last_hidden_state?: Hidden;
  readonly token_embeddings?: Hidden;
}

export interface Tensor<Data> {
  readonly dims: readonly [number, number];
  readonly data: Data;
  slice(...ranges: readonly (number | null)[]): Tensor<Data>;
  normalize(p: number, dim: number): Tensor<Data>;
  tolist(): readonly (readonly bigint[])[];
}
