import { excerpt } from '@millrace/core';
import { type CallError, callError, type FailureKind, kindOfCode, retryAfter } from './failure.js';
import { LONGEST_SAID, type Server } from './http.js';

/** What is read of the errors that providers throw; their classes come in several copies, so their shape counts. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly statusCode?: number;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly data?: { readonly error?: { readonly code?: unknown; readonly type?: unknown } };
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  AI_LoadAPIKeyError: 'auth',
  AI_LoadSettingError: 'auth',
  AI_NoSuchModelError: 'not-found',
  AI_APICallError: 'network',
  AI_JSONParseError: 'malformed',
  AI_TypeValidationError: 'malformed',
  AI_InvalidResponseDataError: 'malformed',
  AI_NoContentGeneratedError: 'malformed',
  AI_EmptyResponseBodyError: 'malformed',
  AI_UnsupportedFunctionalityError: 'bad-request',
  AI_InvalidPromptError: 'bad-request',
  AI_InvalidArgumentError: 'bad-request',
};

/** A provider's error as our data. The error itself is left behind: it holds the request and its headers. */
export function sdkFailure(server: Server, thrown: unknown): CallError {
  const error = thrown as SdkError;
  const { statusCode: status } = error;
  const what = `${server.name} at ${server.endpoint}`;
  const said = excerpt(error.message ?? String(thrown), LONGEST_SAID);
  if (status === undefined)
    return callError(
      KINDS[error.name ?? ''] ?? (/fetch failed|terminated|socket|ECONN/i.test(said) ? 'network' : 'server'),
      `${what} gave no answer: ${said}.`,
    );
  if (status < 400)
    return callError('malformed', `${what} gave an answer that can't be read: ${said}. Trying again may help.`);
  const code = [error.data?.error?.code, error.data?.error?.type].filter((x) => typeof x === 'string').join(', ');
  const after = retryAfter((name) => error.responseHeaders?.[name], Date.now());
  const wait = after === undefined ? {} : { retryAfterMs: after };
  const { kind, ...details } = kindOfCode(status, code);
  return callError(kind, `${what} answered ${status}: ${said}.`, { status, ...details, ...wait });
}
