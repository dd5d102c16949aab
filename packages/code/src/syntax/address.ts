import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

// A bundle lies elsewhere than the files in it: each of them keeps the address it would have alone.
const OWN = '__millrace_';
export const isAddress = (name: string) => name.startsWith(OWN);

/** The words that a file asks for its own place with. */
export const placeAsked = (name: string): string | undefined =>
  Object.entries(NAMES).find(([, own]) => own === name)?.[0];

const LOAD = `${OWN}import`;

/** Loads a module whose name is known only when it is loaded. */
export const isLoader = (name: string) => name.replace(/\d+$/, '') === LOAD;

/** What the bundler puts in the place of these words. */
export const NAMES = {
  'import.meta.url': `${OWN}url`,
  'import.meta.dirname': `${OWN}dirname`,
  'import.meta.filename': `${OWN}filename`,
  'import.meta.resolve': `${OWN}resolve`,
  __dirname: `${OWN}dirname`,
  __filename: `${OWN}filename`,
};

export const REQUIRE = (root: string) =>
  `import { createRequire as ${OWN}require } from 'node:module'; const require = ${OWN}require(${JSON.stringify(pathToFileURL(root).href)});`;

const NEEDS_ADDRESS = /import\.meta|__dirname|__filename/;
const COMPUTED_IMPORT = /(?<![\w$.])import(?=\s*\(\s*[^'"`\s)])/g;

export const asksAddress = (text: string) => NEEDS_ADDRESS.test(text) || text.search(COMPUTED_IMPORT) >= 0;

export const addressed = (file: string, text: string) =>
  prefixOf(file, text) + text.replace(/^#!/, '//').replace(COMPUTED_IMPORT, LOAD);

/** Stands on the first line, so that lines stay what they are. */
export const prefixOf = (file: string, text: string): string => {
  const url = JSON.stringify(pathToFileURL(file).href);
  return (NEEDS_ADDRESS.test(text) ? own(file, url) : '') + (text.search(COMPUTED_IMPORT) < 0 ? '' : load(url));
};

const own = (file: string, url: string) =>
  `const ${OWN}url = ${url}, ${OWN}dirname = ${JSON.stringify(dirname(file))}, ${OWN}filename = ${JSON.stringify(file)}, ` +
  `${OWN}resolve = (to) => /^[./]/.test(to) ? new URL(to, ${url}).href : /^[a-z]+:/.test(to) ? to : 'file://' + ${OWN}require(${url}).resolve(to);`;

const load = (url: string) => `const ${LOAD} = (to) => import(/^[./]/.test(to) ? new URL(to, ${url}).href : to);`;
