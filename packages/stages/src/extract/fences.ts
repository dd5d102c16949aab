export interface Fenced {
  readonly language: string;
  readonly text: string;
  readonly closed: boolean;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/;

/** Fenced code blocks as Markdown knows them: a fence ends at one of the same sign that is at least as long. */
export function fencedBlocks(text: string): Fenced[] {
  const blocks: Fenced[] = [];
  let open: { fence: string; language: string; lines: string[] } | undefined;
  for (const line of text.split(/\r?\n/)) {
    const [, fence, language] = FENCE.exec(line) ?? [];
    if (!open && fence) open = { fence, language: language!.toLowerCase(), lines: [] };
    else if (open && fence?.startsWith(open.fence) && !language) {
      blocks.push({ language: open.language, text: open.lines.join('\n'), closed: true });
      open = undefined;
    } else open?.lines.push(line);
  }
  if (open) blocks.push({ language: open.language, text: open.lines.join('\n'), closed: false });
  return blocks;
}
