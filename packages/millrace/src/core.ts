/** For users' files that import the engine itself: the copy that the command runs. */
export * from '@millrace/core';
