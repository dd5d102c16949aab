import { callError } from './failure.js';
import type { CallContext, ImagePart } from './port.js';

/** The image itself, at the last moment before it is sent. */
export async function base64Of(image: ImagePart, ctx: CallContext): Promise<string> {
  if ('data' in image) return image.data;
  if (!ctx.bytes)
    throw callError(
      'bad-request',
      `The image ${image.digest} is named by digest only, and nothing here knows its bytes. Pass its data.`,
    );
  return Buffer.from(await ctx.bytes(image.digest)).toString('base64');
}
