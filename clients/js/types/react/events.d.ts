/**
 * Calls `listener` with what comes by a channel (`bot:ID`, `session:ID`, `notifications`, `tasks` …; null: none) while the
 * component is mounted. `types` is one type or several, as `channel.on` has them. The listener may be another function each time.
 * @param {string | null | undefined} channel
 * @param {string | readonly string[]} types
 * @param {(value: any) => void} listener
 */
export declare function useEvents(channel: string | null | undefined, types: string | readonly string[], listener: (value: any) => void): void;
