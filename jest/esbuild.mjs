import { createHash } from 'node:crypto';
import { transformSync, version } from 'esbuild';

const options = (file, esm) => ({
  loader: file.endsWith('x') ? 'tsx' : 'ts',
  format: esm ? 'esm' : 'cjs',
  target: 'node20',
  sourcemap: 'inline',
  sourcefile: file,
});

export default {
  getCacheKey: (source, file, o) =>
    createHash('sha1').update([version, source, file, o.supportsStaticESM, o.configString].join('\0')).digest('hex'),
  process: (source, file, o) => ({ code: transformSync(source, options(file, o.supportsStaticESM)).code }),
};
