/** The one file that asks the process. */
export const offlineByEnvironment = (): boolean => /^(1|true|yes)$/i.test(process.env.MILLRACE_OFFLINE ?? '');
