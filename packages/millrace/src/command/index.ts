export { type ListedEntry, ls } from './ls.js';
export { type Opened, type OpenedStore, openProject, openStoreOf, type ProjectAsked } from './opened.js';
export { plan } from './plan.js';
export { type RunCommandAsked, run } from './run.js';
export { runNamed, runs } from './runs.js';
export { type Shown, show } from './show.js';
export { type Why, why } from './why.js';
