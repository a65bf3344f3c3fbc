// The one limit of every wait.

/** How long something may take before a test gives up. It bounds hanging, it measures nothing. */
export const PATIENCE = 60_000;
