import type { RunEvent } from '@millrace/core';
import { textOn } from '../render/lines.js';
import { follow, type Live, liveLines, NOTHING_LIVE } from '../render/live.js';
import type { Session } from './session.js';

/** Lines that stay above, lines that are rewritten below. In a pipe only the first. */
export interface Screen {
  event(event: RunEvent, lines: readonly string[]): void;
  note(line: string): void;
  close(lines: readonly string[]): void;
}

const EVERY_MS = 100;

export function screenOn(session: Session): Screen {
  const { terminal, paint } = session;
  const failed = new Set<RunEvent['is']>(['stage-failed', 'damaged']);
  const keep = (event: RunEvent, lines: readonly string[]) => {
    if (event.is === 'printed' || (session.quiet && failed.has(event.is) && lines.length))
      terminal.warn(textOn(terminal, lines));
    else session.say(lines);
  };
  if (!terminal.live || session.json || session.quiet)
    return {
      event: keep,
      note: (line) => terminal.warn(textOn(terminal, [line])),
      close: (lines) => session.say(lines),
    };
  const bottom = bottomOf(session);
  let live: Live = NOTHING_LIVE;
  const draw = () => bottom.draw([], liveLines(live, Date.now(), terminal.columns()));
  const timer = setInterval(draw, EVERY_MS);
  timer.unref();
  return {
    event: (event, lines) => {
      live = follow(live, event, Date.now());
      if (lines.length) bottom.draw(lines, liveLines(live, Date.now(), terminal.columns()));
    },
    note: (line) => bottom.draw([paint('yellow', line)], liveLines(live, Date.now(), terminal.columns())),
    close: (lines) => {
      clearInterval(timer);
      live = NOTHING_LIVE;
      bottom.draw(lines, []);
    },
  };
}

/** One write for each picture, so that nothing is seen half drawn. */
function bottomOf({ terminal, paint }: Session): { draw(above: readonly string[], below: readonly string[]): void } {
  let shown: readonly string[] = [];
  return {
    draw: (above, below) => {
      if (above.length === 0 && below.join('\n') === shown.join('\n')) return;
      const up = shown.length ? `\x1b[${shown.length}A\r\x1b[J` : '';
      const live = below.map((line) => paint('dim', line));
      terminal.write(up + textOn(terminal, [...above, ...live]));
      shown = below;
    },
  };
}
