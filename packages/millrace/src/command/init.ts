import { join } from 'node:path';
import { exists, namesIn, writeText } from '../disk.js';
import { Mistake } from '../mistake.js';

export interface InitAsked {
  readonly folder: string;
  readonly model?: string | undefined;
  readonly force?: boolean;
}

export interface Initiated {
  readonly folder: string;
  readonly files: readonly string[];
  readonly model: string;
}

const EMBEDDED = 'test/echo';

/** A working pipeline in an empty folder. What is there is never written over. */
export function init({ folder, model = EMBEDDED, force = false }: InitAsked): Initiated {
  const files: Readonly<Record<string, string>> = {
    'pipeline.yaml': pipelineWith(model),
    'data/questions.jsonl': QUESTIONS,
    ...(namesIn(folder).includes('.gitignore') ? {} : { '.gitignore': '.millrace/\n' }),
  };
  const there = Object.keys(files).find((name) => exists(join(folder, name)));
  if (there && !force)
    throw new Mistake(
      `Cannot begin in ${folder}: ${there} is there already. Choose an empty folder, or add --force to write over it.`,
    );
  for (const [name, text] of Object.entries(files)) writeText(join(folder, name), text);
  return { folder, files: Object.keys(files), model };
}

const QUESTIONS = [
  { id: 1, question: 'What is 2 + 3?', gold: '5' },
  { id: 2, question: 'What is 7 - 4?', gold: '3' },
  { id: 3, question: 'What is 6 * 7?', gold: '42' },
  { id: 4, question: 'What is 9 + 9?', gold: '18' },
]
  .map((row) => `${JSON.stringify(row)}\n`)
  .join('');

const pipelineWith = (model: string): string => `# Run it twice, then change a line and run it again: millrace run
params:
  model: ${model}

stages:
  questions: { source: data/questions.jsonl }

  answers:
    generate: questions
    model: \${params.model}
    prompt: |-
      {{question}}
      Answer with a number only. The number is {{gold}}
    into: answer
    options: { concurrency: 8 }

  parsed: { extract: answers, from: answer, with: { regex: '(\\d+)\\s*$' }, into: value }

  vectors: { embed: questions, from: question, model: test/ngram, into: vector }

  scores: { evaluate: parsed, prediction: value, reference: gold, metrics: { em: exactMatch } }
`;
