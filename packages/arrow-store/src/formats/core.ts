export * from '../../../core/src/columns/index.js';
