import { callError } from './failure.js';
import type { EmbedRequest, GenerateRequest, Message } from './port.js';

export interface TextMessage {
  readonly role: Message['role'];
  readonly content: string;
}

/** Refuses what a model can't do, since leaving it out would change the answer unseen. */
export function cannot<R extends object>(name: string, request: R, fields: readonly (keyof R & string)[]): void {
  const asked = fields.find((field) => request[field] !== undefined);
  if (asked)
    throw callError(
      'bad-request',
      `${name} can't do ${asked}, which the request asks for. Leave it out, name it in extra as the provider does, or take another model.`,
      { everyRow: true },
    );
}

/** A server cuts texts, or fails, as it likes, and does not say where. */
export function cannotCut(name: string, { truncate }: EmbedRequest): void {
  if (truncate === 'end')
    throw callError('bad-request', `${name} can't be told to cut long texts. Cut them before.`, { everyRow: true });
}

/** The messages of a request for a model that reads text only. */
export function textMessages(name: string, request: GenerateRequest): readonly TextMessage[] {
  if ('prompt' in request) return [{ role: 'user', content: request.prompt }];
  return request.messages.map(({ role, content }) => ({ role, content: textOf(name, content) }));
}

function textOf(name: string, content: Message['content']): string {
  if (typeof content === 'string') return content;
  return content
    .map((part) => {
      if (part.type === 'text') return part.text;
      throw callError('bad-request', `${name} reads no images, and the request has one. Take a model that does.`);
    })
    .join('');
}
