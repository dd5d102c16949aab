/** Errors of the platform: what they are is their name. @internal */
export const exception = () => {
  const codes = new Map(
    `IndexSizeError 1,HierarchyRequestError 3,WrongDocumentError 4,InvalidCharacterError 5,NoModificationAllowedError 7,NotFoundError 8,NotSupportedError 9,InUseAttributeError 10,InvalidStateError 11,SyntaxError 12,InvalidModificationError 13,NamespaceError 14,InvalidAccessError 15,TypeMismatchError 17,SecurityError 18,NetworkError 19,AbortError 20,URLMismatchError 21,QuotaExceededError 22,TimeoutError 23,InvalidNodeTypeError 24,DataCloneError 25`
      .split(',')
      .map((each) => each.split(' ') as [string, string]),
  );
  class DOMException extends Error {
    readonly #name: string;
    constructor(message = '', options: string | { readonly name?: string; readonly cause?: unknown } = 'Error') {
      super(`${message}`, typeof options === 'object' && 'cause' in options ? { cause: options.cause } : {});
      this.#name = typeof options === 'object' ? `${options.name ?? 'Error'}` : `${options}`;
    }
    override get name() {
      return this.#name;
    }
    get code() {
      return Number(codes.get(this.#name) ?? 0);
    }
    get [Symbol.toStringTag]() {
      return 'DOMException';
    }
  }
  return { DOMException };
};
