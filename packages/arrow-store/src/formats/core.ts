export * from '@millrace/core/columns';
