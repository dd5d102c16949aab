export { nearest } from '@millrace/core';
